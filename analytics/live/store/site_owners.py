"""Sites with an owner: their pages become blogs when they are viewed, so many a day."""

from collections.abc import Collection
from datetime import date

from analytics import database
from analytics.models import Site


def owners(hosts: Collection[str]) -> dict[str, int]:
    """Return the owner by host of those sites that have one."""
    wanted, params = database.one_of("host", hosts)
    sql = f"SELECT host, owner_id FROM analytics_site WHERE owner_id IS NOT NULL AND {wanted}"
    return dict(database.rows(sql, params)) if hosts else {}


def take_quota(host: str, wanted: int, day: date, most: int) -> int:
    """Return how many of the blogs wanted a site may create on this day, of `most` in all, and count them. The site is
    locked until the transaction ends."""
    site = Site.objects.select_for_update().get(host=host)
    before = site.blogs_created if site.blogs_created_on == day else 0
    allowed = max(0, min(wanted, most - before))
    if allowed:
        site.blogs_created, site.blogs_created_on = before + allowed, day
        site.save(update_fields=["blogs_created", "blogs_created_on"])
    return allowed


def set_owner(host: str, owner: int) -> None:
    """Give an existing site an owner, unless it has one."""
    Site.objects.filter(host=host, owner=None).update(owner_id=owner)
