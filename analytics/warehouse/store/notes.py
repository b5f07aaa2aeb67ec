"""Store the notes about days."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.contrib.auth import get_user_model
from django.db.models import QuerySet

from analytics.database import ListSlice
from analytics.models import Note, Site
from tally.span import Span


@dataclass(frozen=True, slots=True)
class NoteFilter:
    """Which notes are asked for: of a span, of one site, and those of some `hosts` only; None is every host, and notes
    about all sites."""

    hosts: Collection[str] | None = None
    span: Span | None = None
    site: str | None = None


def find(wanted: NoteFilter, start: int, size: int) -> ListSlice:
    """Return notes in the order of their days."""
    found = _visible(wanted.hosts).select_related("site", "author").order_by("day", "id")
    if wanted.span is not None:
        found = found.filter(day__gte=wanted.span.start, day__lt=wanted.span.end)
    if wanted.site is not None:
        found = found.filter(site__host=wanted.site)
    return ListSlice(found.count(), list(found[start : start + size]))


def _visible(hosts: Collection[str] | None) -> QuerySet[Note]:
    return Note.objects.all() if hosts is None else Note.objects.filter(site__host__in=sorted(hosts))


def site_id(host: str) -> int | None:
    """Return the id of a site, None if there is none with this host."""
    return Site.objects.filter(host=host).values_list("pk", flat=True).first()


def add(day: date, text: str, site: int | None, author: int) -> Note:
    return Note.objects.create(day=day, text=text, site_id=site, author_id=author)


def visible(id: int, hosts: Collection[str] | None) -> Note | None:
    return _visible(hosts).select_related("site", "author").filter(pk=id).first()


def may_delete(note: Note, user: int) -> bool:
    """Return whether a user wrote a note, or may delete every note."""
    person = get_user_model().objects.filter(pk=user, is_active=True).first()
    return person is not None and (note.author_id == user or person.has_perm("analytics.delete_note"))


def delete(id: int) -> None:
    Note.objects.filter(pk=id).delete()
