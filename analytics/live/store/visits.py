"""Store visits as they come in: the raw rows, the heartbeats of visitors, and the hits of each page."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from django.db.models import QuerySet

from analytics import conf, database
from analytics.models import Heartbeat, PageHits, Visit
from analytics.models.visit import MAX_USER_AGENT
from analytics.sources.lookups import ip_addresses
from analytics.sources.messages.page_visits import PageKey, PageRef, PageVisit
from analytics.sources.messages.timestamps import as_microseconds

VISITS = {
    "page": "bigint",
    "address": "inet",
    "agent": "text",
    "visitor": "bigint",
    "referrer": "text",
    "at": "bigint",
}
HEARTBEATS = {"at": "bigint", "page": "bigint", "visitor": "bigint", "site": "bigint"}
LOCK = "LOCK TABLE analytics_visit IN SHARE MODE"
"""Waits for transactions that write visits, and makes later ones wait until the hits are corrected."""
WRONG_HITS = """
    SELECT page_id, sum(hits), sum(visits) FROM (
        SELECT page_id, hits, 0 AS visits FROM analytics_pagehits WHERE slot >= 0
        UNION ALL SELECT page_id, 0, count(*) FROM analytics_visit GROUP BY page_id) AS each_side
    GROUP BY page_id HAVING sum(hits) <> sum(visits) ORDER BY page_id"""
RENAME = """UPDATE analytics_heartbeat AS old SET visitor = %s WHERE visitor = %s AND at > %s AND at <= %s
    AND NOT EXISTS (SELECT 1 FROM analytics_heartbeat AS new
                    WHERE new.at = old.at AND new.page_id = old.page_id AND new.visitor = %s)"""
REFERRERS = """
    SELECT page_id, referrer, count(DISTINCT visitor) FROM analytics_visit
    WHERE at > %s AND at <= %s AND referrer <> '' AND {pages} AND (page_id, visitor) IN (
        SELECT page_id, visitor FROM analytics_heartbeat WHERE at > %s AND at <= %s)
    GROUP BY page_id, referrer"""
SLOT = {"postgresql": "pg_backend_pid() %% 16", "sqlite": "0"}


def add(several: Sequence[PageVisit], places: Mapping[PageKey, PageRef]) -> list[int]:
    """Write visits of pages that were found and return the sorted ids of those that are not beats."""
    if not several:
        return []
    _rename_visitors([visit for visit in several if visit.formerly])
    _write_heartbeats([(visit, places[visit.page_key]) for visit in several])
    hits = [(visit, places[visit.page_key].page) for visit in several if not visit.is_beat]
    _add_hits(Counter(page for _, page in hits), SLOT[database.vendor()])
    return _write_visits(hits)


def _rename_visitors(several: Sequence[PageVisit]) -> None:
    """Give the heartbeats of visitors who stay over midnight the number that these visitors have from now on."""
    window = 2 * conf.active_seconds() * 1_000_000
    for visit in several:
        database.execute(RENAME, [visit.visitor, visit.formerly, visit.at - window, visit.at, visit.visitor])


def _write_heartbeats(seen: Sequence[tuple[PageVisit, PageRef]]) -> None:
    rows = [(visit.at, place.page, visit.visitor, place.site) for visit, place in seen]
    given, params = database.table(list(HEARTBEATS), rows, list(HEARTBEATS.values()))
    database.execute(
        f"""INSERT INTO analytics_heartbeat (at, page_id, visitor, site_id) SELECT at, page, visitor, site
            FROM {given} WHERE true ORDER BY at, page, visitor ON CONFLICT DO NOTHING""",
        params,
    )


def _add_hits(hits: Counter[int], slot: str) -> None:
    if not hits:
        return
    given, params = database.table(["page", "hits"], sorted(hits.items()), ["bigint", "bigint"])
    database.execute(
        f"""INSERT INTO analytics_pagehits (page_id, slot, hits)
            SELECT page, {slot}, hits FROM {given} WHERE true ORDER BY page
            ON CONFLICT (page_id, slot) DO UPDATE SET hits = analytics_pagehits.hits + excluded.hits""",
        params,
    )


def _write_visits(hits: Sequence[tuple[PageVisit, int]]) -> list[int]:
    if not hits:
        return []
    rows = [
        (
            page,
            ip_addresses.text(visit.address),
            visit.agent[:MAX_USER_AGENT],
            visit.visitor,
            visit.context.referrer,
            visit.at,
        )
        for visit, page in hits
    ]
    given, params = database.table(list(VISITS), rows, list(VISITS.values()))
    stored = database.rows(
        f"""INSERT INTO analytics_visit (page_id, ip_address, user_agent, visitor, referrer, at)
            SELECT page, address, agent, visitor, referrer, {database.moment("at")} FROM {given} WHERE true
            RETURNING id""",
        params,
    )
    return sorted(id for (id,) in stored)


def referrers(pages: Collection[int], since: datetime, active: datetime, until: datetime) -> list[tuple[int, str, int]]:
    """Return from where the visitors of these pages came who were seen on them after `active`: page, host and distinct
    visitors. Only visits after `since` are read; a visitor who came earlier is left out."""
    wanted, params = database.one_of("page_id", pages)
    visited = [database.time_bound(since), database.time_bound(until)]
    seen = [as_microseconds(active), as_microseconds(until)]
    return database.rows(REFERRERS.format(pages=wanted), [*visited, *params, *seen])


def erase_address(address: str) -> int:
    """Delete the visits from exactly this address and return the number of them. The hits of pages stay, because they
    name no visitor."""
    return _delete(Visit.objects.filter(ip_address=address))


def erase_visitor(visitor: int) -> int:
    """Delete the visits and the heartbeats of a visitor and return the number of visits deleted."""
    Heartbeat.objects.filter(visitor=visitor).delete()
    return _delete(Visit.objects.filter(visitor=visitor))


def delete_before(moment: datetime, most: int) -> int:
    """Delete about `most` of the oldest visits before a moment and return the number deleted."""
    return _delete(database.oldest(Visit.objects.filter(at__lt=moment), "at", most))


def _delete(visits: QuerySet[Visit]) -> int:
    """Delete visits and count them in the slot of deleted visits, so that the hits of their pages stay the same."""
    with database.committing():
        pages = dict(visits.select_for_update().values_list("pk", "page_id"))
        Visit.objects.filter(pk__in=pages).delete()
        deleted = Counter(pages.values())
        _add_hits(deleted, str(PageHits.DELETED))
        _add_hits(Counter({page: -number for page, number in deleted.items()}), "0")
    return len(pages)


def wrong_hits() -> list[tuple[int, int, int]]:
    """Return the pages whose hits differ from their visits: page, hits and visits, without deleted visits."""
    return database.rows(WRONG_HITS)


def repair_hits() -> int:
    """Count the visits of pages with wrong hits again, and return the number of these pages. Call this inside a
    transaction; writers of visits wait for it."""
    if database.on_postgres():
        database.execute(LOCK)
    wrong = wrong_hits()
    for page, _, visits in wrong:
        database.execute("DELETE FROM analytics_pagehits WHERE page_id = %s AND slot >= 0", [page])
        _add_hits(Counter({page: visits}), "0")
    return len(wrong)
