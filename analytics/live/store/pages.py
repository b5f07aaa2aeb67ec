"""Find or create sites by host and pages by path, each once, even when several collectors meet it at the same time.
Rows are created in order, so that two collectors that create the same ones never deadlock."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import NamedTuple

from analytics import database
from analytics.sources.messages.page_visits import PageKey, PageRef

LOCK = "SELECT 1 FROM analytics_page WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"


FIND = {
    # One by one, by site and path: as a plain join PostgreSQL may read all pages of a site that it knows little of.
    "postgresql": """
        SELECT given.host, given.path, site.id, page.id, page.subject FROM {given}
        JOIN analytics_site AS site ON site.host = given.host
        CROSS JOIN LATERAL (
            SELECT id, subject FROM analytics_page WHERE site_id = site.id AND path = given.path OFFSET 0) AS page""",
    "sqlite": """
        SELECT given.host, given.path, site.id, page.id, page.subject FROM {given}
        JOIN analytics_site AS site ON site.host = given.host
        JOIN analytics_page AS page ON page.site_id = site.id AND page.path = given.path""",
}


class Title(NamedTuple):
    """The path and the title of a page, which name it for people."""

    path: str
    subject: str


def get_or_create_pages(subjects: Mapping[PageKey, str], now: datetime) -> dict[PageKey, PageRef]:
    """Return the pages of these keys. Missing pages are created, and a page with another title takes the given one,
    unless that is empty. Call this inside a transaction."""
    found = _pages(subjects)
    if missing := sorted(subjects.keys() - found.keys()):
        ids = get_or_create_sites({where.host for where in missing}, now)
        _add([(ids[where.host], where.path, subjects[where]) for where in missing])
        found |= _pages(missing)
    _retitle({found[where].page: new for where, new in subjects.items() if new not in ("", found[where].subject)})
    return found


def _pages(wanted: Collection[PageKey]) -> dict[PageKey, PageRef]:
    if not wanted:
        return {}
    given, params = database.table(["host", "path"], list(wanted), ["text", "text"])
    rows = database.rows(FIND[database.vendor()].format(given=given), params)
    return {PageKey(host, path): PageRef(site, page, subject) for host, path, site, page, subject in rows}


def _add(missing: list[tuple[int, str, str]]) -> None:
    given, params = database.table(["site", "path", "subject"], sorted(missing), ["bigint", "text", "text"])
    database.execute(
        f"""INSERT INTO analytics_page (site_id, path, subject) SELECT site, path, subject FROM {given} WHERE true
            ON CONFLICT DO NOTHING""",
        params,
    )


def get_or_create_sites(hosts: Collection[str], now: datetime) -> dict[str, int]:
    """Return the ids of sites by host; missing sites are created."""
    found = site_ids(hosts)
    if missing := sorted(set(hosts) - found.keys()):
        given, params = database.table(["host"], [[host] for host in missing], ["text"])
        database.execute(
            f"INSERT INTO analytics_site (host, created_at) SELECT host, %s FROM {given} WHERE true "
            "ON CONFLICT DO NOTHING",
            [now, *params],
        )
        found |= site_ids(missing)
    return found


def site_ids(hosts: Collection[str]) -> dict[str, int]:
    """Return the ids by host of those sites that exist."""
    wanted, params = database.one_of("host", hosts)
    return dict(database.rows(f"SELECT host, id FROM analytics_site WHERE {wanted}", params))


def _retitle(changed: Mapping[int, str]) -> None:
    if not changed:
        return
    if database.on_postgres():
        database.rows(LOCK, [list(changed)])
    given, params = database.table(["page", "new"], list(changed.items()), ["bigint", "text"])
    database.execute(f"UPDATE analytics_page SET subject = new FROM {given} WHERE id = page", params)


def any_page() -> bool:
    return bool(database.rows("SELECT 1 FROM analytics_page LIMIT 1"))


def titles(ids: Collection[int]) -> dict[int, Title]:
    """Return the titles of pages by page id, without the pages that no longer exist."""
    wanted, params = database.one_of("id", ids)
    rows = database.rows(f"SELECT id, path, subject FROM analytics_page WHERE {wanted}", params)
    return {page: Title(path, subject) for page, path, subject in rows}
