"""Change the hosts of sites and the paths of pages, and merge sites and pages with all that is stored of them."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np

from analytics import database
from analytics.models import HourlyBaseline, Snapshot, Upstream
from tally.counts import NO_COUNTS, Counts, Ints, Packed

MERGED = ["bigint", "bigint"]
SNAPSHOTS_PER_BATCH = 2000
ADD_HITS = """
    INSERT INTO analytics_pagehits (page_id, slot, hits)
    SELECT given.new, slot, sum(hits) FROM analytics_pagehits JOIN {given} ON page_id = given.old WHERE true
    GROUP BY given.new, slot
    ON CONFLICT (page_id, slot) DO UPDATE SET hits = analytics_pagehits.hits + excluded.hits"""
COPY_HEARTBEATS = """
    INSERT INTO analytics_heartbeat (at, page_id, visitor, site_id)
    SELECT at, given.new, visitor, site_id FROM analytics_heartbeat JOIN {given} ON page_id = given.old WHERE true
    ON CONFLICT DO NOTHING"""


KEEP_TITLES = """
    UPDATE analytics_page AS page SET subject = old.subject
    FROM {given} JOIN analytics_page AS old ON old.id = given.old
    WHERE page.id = given.new AND page.subject = '' AND old.subject <> ''"""


class MergedSnapshots(NamedTuple):
    """The number of snapshots that were written again, and of those whose visitors may be counted more than once."""

    rewritten: int
    inexact: int


def stored_sites() -> list[tuple[int, str]]:
    return database.rows("SELECT id, host FROM analytics_site ORDER BY id")


def stored_pages() -> list[tuple[int, int, str]]:
    """Return all pages in the order of their ids: id, site and path."""
    return database.rows("SELECT id, site_id, path FROM analytics_page ORDER BY id")


def merge_pages(merged: Mapping[int, int]) -> None:
    """Move visits, hits and heartbeats of pages to other pages, and delete the former."""
    if not merged:
        return
    given, params = database.table(["old", "new"], list(merged.items()), MERGED)
    database.execute(f"UPDATE analytics_visit SET page_id = given.new FROM {given} WHERE page_id = given.old", params)
    for statement in (ADD_HITS, COPY_HEARTBEATS, KEEP_TITLES):
        database.execute(statement.format(given=given), params)
    for table, column in (("pagehits", "page_id"), ("heartbeat", "page_id"), ("page", "id")):
        wanted, ids = database.one_of(column, merged)
        database.execute(f"DELETE FROM analytics_{table} WHERE {wanted}", ids)


def rename_pages(keys: Mapping[int, tuple[int, str]]) -> None:
    """Give pages another site and path, which no other page has."""
    if keys:
        rows = [(page, site, path) for page, (site, path) in keys.items()]
        given, params = database.table(["page", "site", "new"], rows, ["bigint", "bigint", "text"])
        database.execute(f"UPDATE analytics_page SET site_id = site, path = new FROM {given} WHERE id = page", params)


def merge_sites(merged: Mapping[int, int]) -> None:
    """Move the heartbeats of sites to other sites, and delete the former. Move their pages and snapshots first."""
    if not merged:
        return
    given, params = database.table(["old", "new"], list(merged.items()), MERGED)
    database.execute(
        f"UPDATE analytics_heartbeat SET site_id = given.new FROM {given} WHERE site_id = given.old", params
    )
    wanted, ids = database.one_of("id", merged)
    database.execute(f"DELETE FROM analytics_site WHERE {wanted}", ids)


def rename_sites(hosts: Mapping[int, str]) -> None:
    """Give sites other hosts, which no other site has."""
    if hosts:
        given, params = database.table(["site", "new"], list(hosts.items()), ["bigint", "text"])
        database.execute(f"UPDATE analytics_site SET host = new FROM {given} WHERE id = site", params)


def delete_baselines(sites: Iterable[int]) -> None:
    """Delete the baselines of sites. They are learned again from the snapshots that are kept."""
    HourlyBaseline.objects.filter(site_id__in=list(sites)).delete()


def merge_snapshots(site: int, others: Iterable[int], pages: Mapping[int, int]) -> MergedSnapshots:
    """Add the snapshots of other sites to those of a site, and count the visitors of pages for the pages that these
    are merged into.

    Where several pages or sites had visitors at one moment, their numbers are added: who was on several counts
    repeatedly, because a snapshot does not say who was there.
    """
    rows = Snapshot.objects.filter(site_id__in=[site, *others]).order_by("moment")
    found = [_Stored(*row) for row in rows.values_list("moment", "visitors", "lasting", "layout", "ids", "counts")]
    rows.delete()
    groups = [list(group) for _, group in groupby(found, key=lambda each: each.moment)]
    merged = [_merged(site, group, pages) for group in groups]
    Snapshot.objects.bulk_create([snapshot for snapshot, _ in merged], batch_size=SNAPSHOTS_PER_BATCH)
    return MergedSnapshots(len(merged), sum(is_inexact for _, is_inexact in merged))


class _Stored(NamedTuple):
    moment: int
    visitors: int
    lasting: bool
    layout: int
    ids: bytes | memoryview
    counts: bytes | memoryview

    @property
    def pages(self) -> Counts:
        return Counts.unpack(Packed(self.layout, bytes(self.ids), bytes(self.counts)))


def _merged(site: int, several: Sequence[_Stored], pages: Mapping[int, int]) -> tuple[Snapshot, bool]:
    """Return the sum of the snapshots of one moment, and whether a visitor may be in it repeatedly."""
    ids = np.concatenate([each.pages.ids for each in several])
    moved: Ints = np.array([pages.get(page, page) for page in ids.tolist()], np.int64)
    counts = Counts.summed(moved, np.concatenate([each.pages.weights for each in several])) if ids.size else NO_COUNTS
    packed = counts.pack()
    snapshot = Snapshot(
        site_id=site,
        moment=several[0].moment,
        visitors=sum(each.visitors for each in several),
        lasting=any(each.lasting for each in several),
        layout=packed.layout,
        ids=packed.ids,
        counts=packed.weights,
    )
    return snapshot, len(counts) < ids.size or sum(each.visitors > 0 for each in several) > 1


def stored_upstreams() -> list[tuple[int, str]]:
    return list(Upstream.objects.order_by("id").values_list("pk", "host"))


def rename_upstreams(hosts: Mapping[int, str]) -> None:
    for upstream, host in hosts.items():
        Upstream.objects.filter(pk=upstream).update(host=host)
