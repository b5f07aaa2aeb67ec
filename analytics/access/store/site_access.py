"""Read which sites a user may see."""

from typing import NamedTuple

from django.contrib.auth import get_user_model

from analytics import database

USERS = get_user_model()._meta.db_table
READ = f"""
    SELECT is_active, is_superuser, access.id, site.host
    FROM {USERS} AS person
    LEFT JOIN analytics_siteaccess AS access
    ON access.user_id = person.id
    OR access.group_id IN (SELECT group_id FROM {USERS}_groups WHERE user_id = person.id)
    LEFT JOIN analytics_siteaccess_sites AS given ON given.siteaccess_id = access.id
    LEFT JOIN analytics_site AS site ON site.id = given.site_id
    WHERE person.id = %s"""


class UserAccess(NamedTuple):
    """`hosts` are those of all rows for the user and their groups, None without any row."""

    is_superuser: bool
    hosts: frozenset[str] | None


def any_row() -> bool:
    return bool(database.rows("SELECT 1 FROM analytics_siteaccess LIMIT 1"))


def of_user(user: int) -> UserAccess | None:
    """Return what a user may see, None for a user who is gone or deactivated. One statement, because it is read with
    each question."""
    rows = database.rows(READ, [user])
    if not rows or not rows[0][0]:
        return None
    limited = any(access is not None for _, _, access, _ in rows)
    hosts = frozenset(host for *_, host in rows if host is not None)
    return UserAccess(bool(rows[0][1]), hosts if limited else None)
