"""Give every stored host, path and URL its one spelling, and merge what was stored in several.

Collectors and the ORM store one spelling. This is for what an earlier version stored, or another program.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from analytics import database
from analytics.access.store import domains
from analytics.datasets import VIEWS
from analytics.ingest.store import bot_hits
from analytics.live.store import page_merging
from analytics.models.site import MAX_PATH
from analytics.sources.respelling import Key, Respelling, SpelledRow, is_respelled, respelling
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_host, normal_page_path, normal_page_url
from analytics.warehouse.store import blog_urls, facts, purged_summaries, stale_days
from analytics.warehouse.store.facts import hidden_loads
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock


@dataclass
class MergeReport:
    """What was changed: the numbers of rows renamed and merged, by what they are, of views moved, of snapshots written
    again, and of those whose visitors may be counted repeatedly; and the texts that have no spelling and stay."""

    renamed: Counter[str] = field(default_factory=Counter)
    merged: Counter[str] = field(default_factory=Counter)
    views: int = 0
    snapshots: int = 0
    inexact_snapshots: int = 0
    unreadable: list[str] = field(default_factory=list)

    def note(self, noun: str, found: Respelling[str]) -> None:
        self.renamed[noun] += len(found.renamed)
        self.merged[noun] += len(found.merged)
        self.unreadable += [f"{noun} {text}" for text in found.unreadable]


def merge_urls(*, dry_run: bool) -> MergeReport:
    """Change everything in one transaction, which `dry_run` rolls back. Raise AlreadyRunning while a roll-up runs,
    and TriggersMissing where a change of views would go unnoticed.

    On a cluster of facts, the views of merged blogs are written once more under a load that is hidden, and the
    transaction shows it and hides the former. After an interruption, call this again.
    """
    report = MergeReport()
    stale_days.require_triggers()
    load = None if dry_run or not facts.has_cluster() else _hidden_load()
    with roll_up_lock(), database.rolled_back() if dry_run else database.committing():
        _merge_blogs(report, load)
        _merge_sites(report)
        _merge_domains(report)
        _merge_bot_hits(report)
        _rename_upstreams(report)
    if load:
        with suppress(AlreadyRunning):  # then the next purge deletes the views that are hidden now
            _delete_hidden()
    return report


def _hidden_load() -> int:
    """Delete what an interrupted call has left, and return a load that is hidden."""
    _delete_hidden()
    load = hidden_loads.new_load()
    with database.committing():
        hidden_loads.hide(load)
    return load


def _delete_hidden() -> None:
    with roll_up_lock():
        facts.delete_hidden()


def _merge_blogs(report: MergeReport, load: int | None) -> None:
    """Merge blogs; of several, one that no import created stays, and among these the one that is spelled normally."""
    stored = blog_urls.stored_urls()
    rows = [(SpelledRow(id, url, _spelled(normal_page_url, url, MAX_URL)), imported) for id, url, imported in stored]
    found = respelling(row for row, _ in sorted(rows, key=lambda each: (each[1], is_respelled(each[0]))))
    report.views += _merge_on_cluster(found.merged, load) if facts.has_cluster() else 0
    report.views += blog_urls.merge(found.merged)
    if found.merged:
        stale_days.add(VIEWS, purged_summaries.merge_members(VIEWS, found.merged))
    blog_urls.rename(found.renamed)
    report.note("blog", found)


def _merge_on_cluster(merged: Mapping[int, int], load: int | None) -> int:
    """Move the views of blogs to other blogs, and return their number. Without a load, only count them."""
    if load is None:
        return facts.count_on_cluster_of(merged)
    moved, days = facts.merge_blogs_on_cluster(merged, load) if merged else (0, [])
    hidden_loads.show(load)
    stale_days.add(VIEWS, days)
    return moved


def _merge_sites(report: MergeReport) -> None:
    sites = respelling(
        _normal_first(SpelledRow(id, host, _spelled(normal_host, host)) for id, host in page_merging.stored_sites())
    )
    stored = page_merging.stored_pages()
    owners = {page: sites.merged.get(site, site) for page, site, _ in stored}
    pages = respelling(
        _normal_first(SpelledRow(page, (site, path), _page_key(owners[page], path)) for page, site, path in stored)
    )
    page_merging.merge_pages(pages.merged)
    page_merging.rename_pages(pages.renamed)
    changed = set(sites.merged.values()) | {owners[page] for page in pages.merged}
    for site in sorted(changed):
        others = [old for old, new in sites.merged.items() if new == site]
        snapshots = page_merging.merge_snapshots(site, others, pages.merged)
        report.snapshots += snapshots.rewritten
        report.inexact_snapshots += snapshots.inexact
    page_merging.delete_baselines(changed | sites.merged.keys())
    page_merging.merge_sites(sites.merged)
    page_merging.rename_sites(sites.renamed)
    report.note("site", sites)
    report.renamed["page"] += len(pages.renamed)
    report.merged["page"] += len(pages.merged)
    report.unreadable += [f"page {path}" for _, path in pages.unreadable]


def _page_key(site: int, path: str) -> tuple[int, str] | None:
    spelled = _spelled(normal_page_path, path, MAX_PATH)
    return None if spelled is None else (site, spelled)


def _merge_domains(report: MergeReport) -> None:
    rows = [
        SpelledRow(
            id,
            (application, host),
            None if (spelled := _spelled(normal_host, host)) is None else (application, spelled),
        )
        for id, application, host in domains.stored_domains()
    ]
    found = respelling(_normal_first(rows))
    domains.delete(found.merged.keys())
    domains.rename({domain: host for domain, (_, host) in found.renamed.items()})
    report.renamed["domain"] += len(found.renamed)
    report.merged["domain"] += len(found.merged)
    report.unreadable += [f"domain {host}" for _, host in found.unreadable]


def _merge_bot_hits(report: MergeReport) -> None:
    hosts = {host: _spelled(normal_host, host) for host in bot_hits.domains() if host}
    moved = {host: spelled for host, spelled in hosts.items() if spelled not in (None, host)}
    bot_hits.move({host: spelled for host, spelled in moved.items() if spelled})
    report.merged["bot host"] += len(moved)


def _rename_upstreams(report: MergeReport) -> None:
    """Rename upstreams. Two of one host are two services: then the other stays as it is, and is named."""
    rows = [SpelledRow(id, host, _spelled(normal_host, host)) for id, host in page_merging.stored_upstreams()]
    found = respelling(_normal_first(rows))
    page_merging.rename_upstreams(found.renamed)
    report.renamed["upstream"] += len(found.renamed)
    stored = {row.id: row.stored for row in rows}
    report.unreadable += [f"upstream {host}" for host in (*found.unreadable, *(stored[id] for id in found.merged))]


def _normal_first(rows: Iterable[SpelledRow[Key]]) -> list[SpelledRow[Key]]:
    """Return the rows in the order in which they stay: no collector writes to one that is not spelled normally."""
    return sorted(rows, key=is_respelled)


def _spelled(spell: Callable[[str], str], text: str, longest: int = MAX_URL) -> str | None:
    try:
        spelled = spell(text)
    except BadUrl:
        return None
    return spelled if len(spelled) <= longest else None


__all__ = ["AlreadyRunning", "MergeReport", "merge_urls"]
