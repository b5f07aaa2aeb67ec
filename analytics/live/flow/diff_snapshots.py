"""Compare the pages of a site between two snapshots."""

from datetime import datetime
from typing import NamedTuple

from analytics.live.store import pages, snapshots
from analytics.live.store.snapshots import PastSnapshot
from tally import diffs
from tally.diffs import Direction

LATEST_SECOND = 2**62


class Change(NamedTuple):
    path: str
    subject: str
    change: int


def diff(host: str, direction: Direction, start: datetime | None, end: datetime | None) -> list[Change]:
    """Return the changes of the pages that are in both snapshots: the last ones at or before each time, by default the
    last two. The largest change comes first, whatever its sign, then the order is by path. Without two snapshots the
    list is empty."""
    site = pages.site_ids([host]).get(host)
    pair = _pair(site, start, end) if site else None
    if pair is None:
        return []
    changes = diffs.diff(pair[0].pages, pair[1].pages, direction)
    titles = pages.titles(changes)
    found = [Change(*title, changes[page]) for page, title in titles.items()]
    return sorted(found, key=lambda each: (-abs(each.change), each.path))


def _pair(site: int, start: datetime | None, end: datetime | None) -> tuple[PastSnapshot, PastSnapshot] | None:
    after = snapshots.latest(site, _to_seconds(end), 2)
    before = after[1:] if start is None else snapshots.latest(site, _to_seconds(start), 1)
    return (before[0], after[0]) if before and after else None


def _to_seconds(moment: datetime | None) -> int:
    return LATEST_SECOND if moment is None else int(moment.timestamp() // 1)
