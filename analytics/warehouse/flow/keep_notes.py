"""List, write and delete the notes about days."""

from collections.abc import Collection
from datetime import date

from analytics.database import ListSlice
from analytics.models import Note
from analytics.warehouse.store import notes
from analytics.warehouse.store.notes import NoteFilter


class UnknownSite(Exception):
    """This is not one of the sites that you may see."""


class NotTheAuthor(Exception):
    """Only its author may delete a note, or a user with the permission to delete notes."""


def find(wanted: NoteFilter, start: int, size: int) -> ListSlice:
    """Return the notes that are wanted, by day."""
    return notes.find(wanted, start, size)


def write(day: date, text: str, host: str | None, author: int, hosts: Collection[str] | None) -> Note:
    """Write a note about a site, or about all of them. Raise UnknownSite for a site that is not among the `hosts` that
    the author may see, as is a note about all sites for an author who may see some."""
    if host is None and hosts is None:
        return notes.add(day, text, None, author)
    site = notes.site_id(host) if host is not None and (hosts is None or host in hosts) else None
    if site is None:
        raise UnknownSite(UnknownSite.__doc__)
    return notes.add(day, text, site, author)


def delete(id: int, user: int, hosts: Collection[str] | None) -> Note | None:
    """Delete a note and return it as it was; return None if a user who may see these `hosts` sees no such note. Raise
    NotTheAuthor if the user may not delete it."""
    note = notes.visible(id, hosts)
    if note is None:
        return None
    if not notes.may_delete(note, user):
        raise NotTheAuthor(NotTheAuthor.__doc__)
    notes.delete(id)
    return note


__all__ = ["NotTheAuthor", "NoteFilter", "UnknownSite", "delete", "find", "write"]
