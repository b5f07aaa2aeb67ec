"""Who reads: the sites that they may see, and the filters of the link that they came by."""

from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from rest_framework.request import Request

from analytics.access.api.api_keys import Caller
from analytics.access.api.user_sites import sites_of
from analytics.access.flow.decide_sites import ALL_SITES, VisibleSites
from analytics.access.flow.share_view import OpenView

NO_SITE = "belong to no site, and you may see some sites only."


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of answers. `filters` is the filter tree of the shared view that the reader came by, if any; such a
    reader sees blog views only, whatever the sites."""

    sites: VisibleSites = ALL_SITES
    by_link: bool = False
    filters: Any = None

    @property
    def sees_everything(self) -> bool:
        """Whether the reader also sees what belongs to no site, such as events."""
        return self.sites.are_all and not self.by_link


def reader_of(request: Request) -> Reader:
    """Return who reads. A user's sites are read from the database with each request, so they end at once.

    Without a user, a key or a link, which only an open API lets through, a reader sees everything.
    """
    if isinstance(request.auth, Caller):
        return Reader(request.auth.own_sites)
    if isinstance(request.auth, OpenView):
        view = request.auth
        return Reader(sites_of(SimpleNamespace(pk=view.creator)), by_link=True, filters=view.filters)
    return Reader(sites_of(request.user)) if request.user.is_authenticated else Reader()
