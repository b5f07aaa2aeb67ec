"""Rank the pages of a site by their visitors now, and by the visitors they gain or lose."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from analytics import conf
from analytics.live.store import baselines, pages, snapshots, upstreams, visits
from analytics.live.store.snapshots import PastSnapshot
from tally import curve, trending
from tally.baseline import EMPTY_BASELINE, MAX_SNAPSHOT_SECONDS, Baseline, any_hour
from tally.counts import NO_COUNTS, Counts
from tally.curve import Curve
from tally.trending import SMOOTHING_SNAPSHOTS, Measure

CURRENT_INTERVALS = 3
"""The number of intervals after which a snapshot no longer counts as current."""
HOUR_SECONDS = 3600
REFERRERS_KNOWN = timedelta(minutes=15)
"""How long after the visit it is known where a visitor came from."""
MAX_REFERRERS = 5
"""The most referrers of a page."""


class RankedPage(NamedTuple):
    """A page, its visitors now, and how they change."""

    page: int
    path: str
    subject: str
    visitors: int
    change: float


class LiveSite(NamedTuple):
    """A site now. `at` is the time of the snapshot, None when none is current; `visitors` counts distinct visitors.
    `usual` holds the usual visitors of pages by id, for the relative measure, and `referrers` from which hosts the
    visitors of pages came, with their number."""

    at: int | None
    interval: int
    visitors: int
    curve: Curve
    pages: list[RankedPage]
    rising: list[RankedPage]
    falling: list[RankedPage]
    usual: Mapping[int, float]
    referrers: Mapping[int, list[tuple[str, int]]]


def rising(host: str, measure: Measure, now: datetime) -> list[RankedPage]:
    """Return, of the pages with most visitors, those that gain visitors: the largest change first, then by path."""
    look = _site_view(host, now)
    return look.lines(trending.rising(look.changes(measure), measure)) if look else []


def toppages(host: str, most: int, now: datetime) -> list[RankedPage]:
    """Return the `most` pages with most visitors now."""
    look = _site_view(host, now)
    return look.ranking(most, {}) if look else []


def live(host: str, measure: Measure, seconds: int, limit: int, now: datetime) -> LiveSite | None:
    """Return what one screen shows of a site; None when there is no such site."""
    look = _site_view(host, now)
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
        look.usual() if measure is Measure.RELATIVE else {},
        look.referrers([line.page for line in ranking]),
    )


@dataclass(frozen=True, slots=True)
class SiteView:
    """A site at a moment, with its snapshots, the newest first; without any when they are not current."""

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
        """Return the change of each page, by page id, for the pages with most visitors."""
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
        return trending.relative(self.top, *self._baselines())

    def _baselines(self) -> tuple[Baseline, Baseline]:
        """Return what is usual at this hour, and at any."""
        hours = baselines.baselines(self.site)
        this_hour = hours.get(self.shots[0].moment // HOUR_SECONDS % 24, EMPTY_BASELINE)
        return this_hour, any_hour(list(hours.values()))

    def usual(self) -> Mapping[int, float]:
        """Return the usual visitors of the pages with most visitors, by page id, where they are known."""
        return trending.usual(self.top, *self._baselines()) if self.shots else {}

    def referrers(self, pages: list[int]) -> Mapping[int, list[tuple[str, int]]]:
        """Return from which hosts the visitors of each page came, the most first, with their number."""
        if not self.shots or not pages:
            return {}
        at = datetime.fromtimestamp(self.shots[0].moment, UTC)
        active = at - timedelta(seconds=conf.active_seconds())
        found: dict[int, list[tuple[str, int]]] = defaultdict(list)
        for page, host, visitors in visits.referrers(pages, at - REFERRERS_KNOWN, active, at):
            found[page].append((host, visitors))
        return {page: sorted(own, key=_most_first)[:MAX_REFERRERS] for page, own in found.items()}

    def lines(self, changes: Mapping[int, float]) -> list[RankedPage]:
        """Return the changed pages, the largest change in either direction first."""
        visitors = dict(zip(self.top.ids.tolist(), self.top.weights.tolist(), strict=True))
        return sorted(_lines(changes, visitors, changes), key=lambda line: (-abs(line.change), line.path))

    def ranking(self, most: int, changes: Mapping[int, float]) -> list[RankedPage]:
        """Return the pages, those with most visitors first."""
        first = trending.top_pages(self.pages, most)
        visitors = dict(zip(first.ids.tolist(), first.weights.tolist(), strict=True))
        return sorted(_lines(visitors, visitors, changes), key=lambda line: (-line.visitors, line.path))

    def curve(self, seconds: int, pages: list[int]) -> Curve:
        """Return the curve of visitors up to the current snapshot. A curve longer than an hour is drawn from the
        lasting snapshots, one a minute."""
        end = self.shots[0].moment if self.shots else self.now // self.interval * self.interval
        at = curve.curve_moments(end - seconds, end, self.interval)
        shots = snapshots.latest(self.site, end - seconds, 1)
        shots += snapshots.between(self.site, end - seconds + 1, end + 1, lasting=seconds > HOUR_SECONDS)
        return curve.curve(shots, at, pages)


def _most_first(referrer: tuple[str, int]) -> tuple[int, str]:
    host, visitors = referrer
    return -visitors, host


def _site_view(host: str, now: datetime) -> SiteView | None:
    site = pages.site_ids([host]).get(host)
    if site is None:
        return None
    second, interval = int(now.timestamp()), upstreams.interval(host) or conf.snapshot_seconds()
    shots = snapshots.latest(site, second, 2 * SMOOTHING_SNAPSHOTS)
    current = bool(shots) and second - shots[0].moment < CURRENT_INTERVALS * interval
    return SiteView(site, second, interval, shots if current else [])


def _lines(ids: Collection[int], visitors: Mapping[int, int], changes: Mapping[int, float]) -> list[RankedPage]:
    titles = pages.titles(ids)
    return [
        RankedPage(page, title.path, title.subject, visitors.get(page, 0), changes.get(page, 0))
        for page, title in titles.items()
    ]
