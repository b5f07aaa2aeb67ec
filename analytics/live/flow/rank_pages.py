"""Who is on a site now, and which of its pages gain and lose visitors."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from analytics import conf
from analytics.live.store import baselines, pages, snapshots, upstreams
from analytics.live.store.snapshots import PastSnapshot
from tally import curve, trending
from tally.baseline import EMPTY_BASELINE, MAX_SNAPSHOT_SECONDS, any_hour
from tally.counts import NO_COUNTS, Counts
from tally.curve import Curve
from tally.trending import SMOOTHING_SNAPSHOTS, Measure

CURRENT = 3
"""Intervals after which a snapshot no longer tells of now."""
HOUR = 3600


class RankedPage(NamedTuple):
    """A page, its visitors now, and how they change."""

    page: int
    path: str
    subject: str
    visitors: int
    change: float


class LiveSite(NamedTuple):
    """A site now. `at` is when the snapshot was taken, None when there is none of now; `visitors` are distinct."""

    at: int | None
    interval: int
    visitors: int
    curve: Curve
    pages: list[RankedPage]
    rising: list[RankedPage]
    falling: list[RankedPage]


def rising(host: str, measure: Measure, now: datetime) -> list[RankedPage]:
    """The pages that gain visitors, of those that have most; the largest change first, then by path."""
    look = _look(host, now)
    return look.lines(trending.rising(look.changes(measure), measure)) if look else []


def toppages(host: str, most: int, now: datetime) -> list[RankedPage]:
    """The pages with most visitors now."""
    look = _look(host, now)
    return look.ranking(most, {}) if look else []


def live(host: str, measure: Measure, seconds: int, limit: int, now: datetime) -> LiveSite | None:
    """What one screen shows of a site; None when there is no such site."""
    look = _look(host, now)
    if look is None:
        return None
    changes = look.changes(measure)
    ranking = look.ranking(limit, changes)
    return LiveSite(
        look.shots[0].moment if look.shots else None,
        look.interval,
        look.shots[0].visitors if look.shots else 0,
        look.curve(seconds, [line.page for line in ranking]),
        ranking,
        look.lines(trending.rising(changes, measure))[:limit],
        look.lines(trending.falling(changes, measure))[:limit],
    )


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site at a moment: its snapshots, the newest first, none when they are not of now."""

    site: int
    now: int
    interval: int
    shots: list[PastSnapshot]

    @property
    def pages(self) -> Counts:
        return self.shots[0].pages if self.shots else NO_COUNTS

    @property
    def top(self) -> Counts:
        return trending.top_pages(self.pages)

    def changes(self, measure: Measure) -> Mapping[int, float]:
        """Of the pages that have most visitors."""
        if not self.shots:
            return {}
        return {
            Measure.DIFFERENCE: self._difference,
            Measure.SMOOTHED: self._smoothed,
            Measure.RELATIVE: self._relative,
        }[measure]()

    def _difference(self) -> Mapping[int, float]:
        near = [shot for shot in self.shots[:2] if shot.moment >= self.shots[0].moment - MAX_SNAPSHOT_SECONDS]
        return trending.difference(self.top, near[1].pages) if len(near) == 2 else {}

    def _smoothed(self) -> Mapping[int, float]:
        middle, first = (self.shots[0].moment - many * SMOOTHING_SNAPSHOTS * self.interval for many in (1, 2))
        recent = [self.top, *(shot.pages for shot in self.shots[1:] if shot.moment > middle)]
        return trending.smoothed(recent, [shot.pages for shot in self.shots if first < shot.moment <= middle])

    def _relative(self) -> Mapping[int, float]:
        hours = baselines.usual(self.site)
        return trending.relative(
            self.top, hours.get(self.shots[0].moment // HOUR % 24, EMPTY_BASELINE), any_hour(list(hours.values()))
        )

    def lines(self, changes: Mapping[int, float]) -> list[RankedPage]:
        """The largest change first, whichever way it goes."""
        visitors = dict(zip(self.top.ids.tolist(), self.top.weights.tolist(), strict=True))
        return sorted(_lines(changes, visitors, changes), key=lambda line: (-abs(line.change), line.path))

    def ranking(self, most: int, changes: Mapping[int, float]) -> list[RankedPage]:
        """The pages with most visitors first."""
        first = trending.top_pages(self.pages, most)
        visitors = dict(zip(first.ids.tolist(), first.weights.tolist(), strict=True))
        return sorted(_lines(visitors, visitors, changes), key=lambda line: (-line.visitors, line.path))

    def curve(self, seconds: int, pages: list[int]) -> Curve:
        """Until the snapshot of now. Longer than an hour it is drawn from the snapshots that last, one a minute."""
        end = self.shots[0].moment if self.shots else self.now // self.interval * self.interval
        at = curve.curve_moments(end - seconds, end, self.interval)
        shots = snapshots.latest(self.site, end - seconds, 1)
        shots += snapshots.between(self.site, end - seconds + 1, end + 1, lasting=seconds > HOUR)
        return curve.curve([tuple(shot) for shot in shots], at, pages)


def _look(host: str, now: datetime) -> SiteView | None:
    site = pages.known([host]).get(host)
    if site is None:
        return None
    second, interval = int(now.timestamp()), upstreams.interval(host) or conf.snapshot_seconds()
    shots = snapshots.latest(site, second, 2 * SMOOTHING_SNAPSHOTS)
    current = bool(shots) and second - shots[0].moment < CURRENT * interval
    return SiteView(site, second, interval, shots if current else [])


def _lines(ids: Collection[int], visitors: Mapping[int, int], changes: Mapping[int, float]) -> list[RankedPage]:
    titles = pages.titles(ids)
    return [
        RankedPage(page, title.path, title.subject, visitors.get(page, 0), changes.get(page, 0))
        for page, title in titles.items()
    ]
