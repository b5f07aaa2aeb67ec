"""How far which file has been imported, and the turns that importers take."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.db.models import Max

from analytics import database
from analytics.models import Imported

LOCK = "LOCK TABLE analytics_imported IN SHARE ROW EXCLUSIVE MODE"
"""One importer at a time writes; it is let go with the transaction, so a killed one leaves nothing behind."""


class AlreadyImporting(Exception):
    """Somebody else is importing a file that begins like this one. Run this again when that is done."""


def known(opening: str) -> list[tuple[int, str]]:
    """The sizes and digests of all beginnings that are in, of files with this first line."""
    return list(Imported.objects.filter(opening=opening).values_list("size", "digest"))


def newest(opening: str) -> int:
    """The id of what was imported last of files with this first line; 0 when nothing was."""
    return Imported.objects.filter(opening=opening).aggregate(newest=Max("id"))["newest"] or 0


@contextmanager
def turn(opening: str, seen: int) -> Iterator[None]:
    """One transaction, in which nobody else imports. Busy when somebody has imported of such a file since `seen`."""
    try:
        with database.writing():
            if database.on_postgres():
                database.execute(LOCK)
            if newest(opening) != seen:
                raise AlreadyImporting(AlreadyImporting.__doc__)
            yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise AlreadyImporting("The database is locked by another writer. Run this again to go on.") from error


def note(imported: Imported) -> int:
    """Remembers what is in now; its id."""
    imported.save(force_insert=True)
    return imported.pk
