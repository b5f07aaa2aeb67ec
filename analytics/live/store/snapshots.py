"""Snapshots: who was where at a moment. Moments are whole seconds since 1970."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from analytics import database
from analytics.models import Round, Sighting, Snapshot
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


def last_round() -> int | None:
    """The moment that was taken last; None before the first."""
    return database.value("SELECT max(moment) FROM analytics_round")


def begin(moment: int) -> bool:
    """Whether this moment is ours to take: of all who begin it, one. The others wait until that one has committed.
    Inside a transaction."""
    return bool(database.execute("INSERT INTO analytics_round (moment) VALUES (%s) ON CONFLICT DO NOTHING", [moment]))


def round_before(moment: int) -> int | None:
    return database.value("SELECT max(moment) FROM analytics_round WHERE moment < %s", [moment])


def seen(start: int, end: int) -> list[Ints]:
    """The columns site, page and visitor of what was seen after `start`, until `end`, of sites counted here."""
    source = f"analytics_sighting WHERE at > %s AND at <= %s AND {COUNTED_HERE}"
    return database.columns(("site_id", "page_id", "visitor"), source, [start * MICROSECONDS, end * MICROSECONDS])


def sites_with_visitors(moment: int) -> set[int]:
    """Those that a round found visited."""
    rows = database.rows(
        "SELECT site_id FROM analytics_snapshot WHERE lasting IN (%s, %s) AND moment = %s AND visitors > 0 "
        f"AND {COUNTED_HERE}",
        [True, False, moment],
    )
    return {site for (site,) in rows}


def add(several: Iterable[NewSnapshot]) -> None:
    """Keeps snapshots; one that is there already stays."""
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
    """The last snapshots of a site at or before a moment, the newest first."""
    rows = Snapshot.objects.filter(site_id=site, moment__lte=until).order_by("-moment").values_list(*COLUMNS)
    return _shots(rows[:most])


def between(site: int, start: int, end: int, *, lasting: bool = False) -> list[PastSnapshot]:
    """The snapshots of a site from `start` to before `end`, in order; those that last only, if so wished."""
    rows = Snapshot.objects.filter(site_id=site, moment__gte=start, moment__lt=end).order_by("moment")
    return _shots((rows.filter(lasting=True) if lasting else rows).values_list(*COLUMNS))


def _shots(rows: Iterable[Sequence]) -> list[PastSnapshot]:
    return [
        PastSnapshot(moment, visitors, Counts.unpack(Packed(layout, bytes(ids), bytes(counts))))
        for moment, visitors, layout, ids, counts in rows
    ]


def visited_since(moment: int) -> list[int]:
    """The sites that have a snapshot since then."""
    rows = database.rows(
        "SELECT DISTINCT site_id FROM analytics_snapshot WHERE lasting = %s AND moment >= %s",
        [True, moment],
    )
    return sorted(site for (site,) in rows)


def thin_out(before: int, most: int) -> int:
    """Forgets the oldest snapshots before a moment that do not last, about so many; how many."""
    return database.drop_oldest(Snapshot.objects.filter(lasting=False, moment__lt=before), "moment", most)


def drop_before(moment: int, most: int) -> int:
    """Forgets the oldest snapshots before a moment that last, about so many; how many."""
    return database.drop_oldest(Snapshot.objects.filter(lasting=True, moment__lt=moment), "moment", most)


def drop_sightings(before: int, most: int) -> int:
    """Forgets who was seen before a moment, about so many of them; how many."""
    return database.drop_oldest(Sighting.objects.filter(at__lt=before * MICROSECONDS), "at", most)


def drop_rounds(before: int) -> int:
    return Round.objects.filter(moment__lt=before).delete()[0]
