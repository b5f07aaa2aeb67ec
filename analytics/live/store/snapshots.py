"""Store snapshots: the visitors on each page at a moment. Moments are whole seconds since 1970."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from analytics import database
from analytics.models import Heartbeat, Snapshot, SnapshotTick
from tally.active_visitors import ActiveVisitors
from tally.counts import Counts, Ints, Packed

MICROSECONDS = 1_000_000
COUNTED_HERE = """site_id NOT IN (
    SELECT site.id FROM analytics_upstream AS upstream JOIN analytics_site AS site ON site.host = upstream.host
    WHERE upstream.enabled)"""
COLUMNS = ("moment", "visitors", "layout", "ids", "counts")


class PastSnapshot(NamedTuple):
    """A snapshot of a site."""

    moment: int
    visitors: int
    pages: Counts


class NewSnapshot(NamedTuple):
    """A snapshot to keep."""

    site: int
    moment: int
    presence: ActiveVisitors
    lasting: bool


def last_tick() -> int | None:
    """Return the moment of the last tick; None before the first."""
    moment: int | None = database.value("SELECT max(moment) FROM analytics_snapshottick")
    return moment


def claim_tick(moment: int) -> bool:
    """Return whether the caller is the one that takes the snapshots of this moment. Of several callers one is; the
    others wait until it has committed. Call this inside a transaction."""
    return bool(
        database.execute("INSERT INTO analytics_snapshottick (moment) VALUES (%s) ON CONFLICT DO NOTHING", [moment])
    )


def tick_before(moment: int) -> int | None:
    before: int | None = database.value("SELECT max(moment) FROM analytics_snapshottick WHERE moment < %s", [moment])
    return before


def heartbeats(start: int, end: int) -> list[Ints]:
    """Return the columns site, page and visitor of the heartbeats after `start`, up to and including `end`, on the
    sites whose visits are counted here."""
    source = f"analytics_heartbeat WHERE at > %s AND at <= %s AND {COUNTED_HERE}"
    return database.columns(("site_id", "page_id", "visitor"), source, [start * MICROSECONDS, end * MICROSECONDS])


def sites_with_visitors(moment: int) -> set[int]:
    """Return the ids of the sites that had visitors at the tick of this moment."""
    rows = database.rows(
        "SELECT site_id FROM analytics_snapshot WHERE lasting IN (%s, %s) AND moment = %s AND visitors > 0 "
        f"AND {COUNTED_HERE}",
        [True, False, moment],
    )
    return {site for (site,) in rows}


def add(several: Iterable[NewSnapshot]) -> None:
    """Store snapshots; a snapshot that is already stored stays as it is."""
    Snapshot.objects.bulk_create(
        [
            Snapshot(
                site_id=new.site,
                moment=new.moment,
                visitors=new.presence.visitors,
                lasting=new.lasting,
                layout=packed.layout,
                ids=packed.ids,
                counts=packed.weights,
            )
            for new in several
            for packed in [new.presence.pages.pack()]
        ],
        ignore_conflicts=True,
    )


def latest(site: int, until: int, most: int) -> list[PastSnapshot]:
    """Return the last `most` snapshots of a site at or before a moment, the newest first."""
    rows = Snapshot.objects.filter(site_id=site, moment__lte=until).order_by("-moment").values_list(*COLUMNS)
    return _snapshots(rows[:most])


def between(site: int, start: int, end: int, *, lasting: bool = False) -> list[PastSnapshot]:
    """Return the snapshots of a site from `start` to before `end`, in order; with `lasting`, only the lasting ones."""
    rows = Snapshot.objects.filter(site_id=site, moment__gte=start, moment__lt=end).order_by("moment")
    return _snapshots((rows.filter(lasting=True) if lasting else rows).values_list(*COLUMNS))


def _snapshots(rows: Iterable[Sequence[Any]]) -> list[PastSnapshot]:
    return [
        PastSnapshot(moment, visitors, Counts.unpack(Packed(layout, bytes(ids), bytes(counts))))
        for moment, visitors, layout, ids, counts in rows
    ]


def visited_since(moment: int) -> list[int]:
    """Return the sorted ids of the sites that have a lasting snapshot at or after a moment."""
    rows = database.rows(
        "SELECT DISTINCT site_id FROM analytics_snapshot WHERE lasting = %s AND moment >= %s",
        [True, moment],
    )
    return sorted(site for (site,) in rows)


def delete_passing(before: int, most: int) -> int:
    """Delete about `most` of the oldest snapshots before a moment that are not lasting; return the number deleted."""
    return database.delete_oldest(Snapshot.objects.filter(lasting=False, moment__lt=before), "moment", most)


def delete_before(moment: int, most: int) -> int:
    """Delete about `most` of the oldest lasting snapshots before a moment and return the number deleted."""
    return database.delete_oldest(Snapshot.objects.filter(lasting=True, moment__lt=moment), "moment", most)


def delete_heartbeats(before: int, most: int) -> int:
    """Delete about `most` of the oldest heartbeats before a moment and return the number deleted."""
    return database.delete_oldest(Heartbeat.objects.filter(at__lt=before * MICROSECONDS), "at", most)


def delete_after(moment: int) -> int:
    """Delete the ticks, snapshots and heartbeats after a moment and return the number of snapshots and heartbeats."""
    SnapshotTick.objects.filter(moment__gt=moment).delete()
    late = (Snapshot.objects.filter(moment__gt=moment), Heartbeat.objects.filter(at__gt=moment * MICROSECONDS))
    return sum(rows.delete()[0] for rows in late)


def delete_ticks(before: int) -> int:
    return SnapshotTick.objects.filter(moment__lt=before).delete()[0]
