"""Decide which sites a user may see."""

from dataclasses import dataclass

from analytics import conf
from analytics.access.store import site_access
from analytics.sources.url_spelling import BadUrl, normal_host


class UserGone(Exception):
    """The user is gone or deactivated."""


@dataclass(frozen=True, slots=True)
class VisibleSites:
    """The hosts that a reader may see, or None for every site and for what belongs to no site."""

    hosts: frozenset[str] | None = None

    @property
    def are_all(self) -> bool:
        return self.hosts is None

    def cover(self, host: str) -> bool:
        """Return whether this host, in any spelling, may be seen."""
        if self.hosts is None:
            return True
        try:
            return bool(host) and normal_host(host) in self.hosts
        except BadUrl:
            return False


ALL_SITES = VisibleSites()


def sites_of_user(user: int) -> VisibleSites:
    """Return the sites that a user may see now. Nothing is cached: a site that is taken away is gone with the next
    request. Raise UserGone for a user who may not sign in any more; where sites are not restricted at all, no user is
    looked up."""
    if conf.all_sites() and not site_access.any_row():
        return ALL_SITES
    found = site_access.of_user(user)
    if found is None:
        raise UserGone(UserGone.__doc__)
    if found.is_superuser:
        return ALL_SITES
    if found.hosts is None:
        return ALL_SITES if conf.all_sites() else VisibleSites(frozenset())
    return VisibleSites(found.hosts)
