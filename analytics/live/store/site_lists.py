"""List the sites, pages and visits that a caller may see."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from django.contrib.auth import get_user_model
from django.db.models import IntegerField, Model, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from analytics.database import ListSlice
from analytics.models import Page, PageHits, Site, Visit

Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Scope:
    """The hosts that a caller may see: the named ones, which may be none, or else all but the excluded ones."""

    hosts: Collection[str] | None = None
    others: Collection[str] = ()

    def of(self, found: QuerySet[Row], field: str) -> QuerySet[Row]:
        if self.hosts is not None:
            return found.filter(**{f"{field}__in": sorted(self.hosts)})
        return found.exclude(**{f"{field}__in": sorted(self.others)}) if self.others else found


class PageWithHits(NamedTuple):
    """A page, and the number of all its visits."""

    page: Page
    hits: int


def sites(scope: Scope, name: str | None, start: int, size: int) -> ListSlice:
    found = scope.of(Site.objects.order_by("id"), "host")
    return _slice(found.filter(host=name) if name else found, start, size)


def pages(scope: Scope, host: str | None, start: int, size: int) -> ListSlice:
    """Return pages with the total of their hits."""
    hits = PageHits.objects.filter(page=OuterRef("pk")).order_by().values("page").annotate(total=Sum("hits"))
    total = Coalesce(Subquery(hits.values("total"), output_field=IntegerField()), 0)
    found = scope.of(Page.objects.select_related("site").order_by("id"), "site__host")
    found = found.filter(site__host=host) if host else found
    some = found.annotate(total=total)[start : start + size]
    return ListSlice(found.count(), [PageWithHits(page, page.total) for page in some])


def visits(scope: Scope, start: int, size: int) -> ListSlice:
    """Return visits, the last to arrive first."""
    return _slice(scope.of(_visits().order_by("-id"), "page__site__host"), start, size)


def visit(scope: Scope, id: int) -> Visit | None:
    return scope.of(_visits(), "page__site__host").filter(pk=id).first()


def _visits() -> QuerySet[Visit]:
    return Visit.objects.select_related("page__site")


def users(start: int, size: int) -> ListSlice:
    return _slice(get_user_model().objects.order_by("id"), start, size)


def _slice(found: QuerySet[Model], start: int, size: int) -> ListSlice:
    return ListSlice(found.count(), list(found[start : start + size]))
