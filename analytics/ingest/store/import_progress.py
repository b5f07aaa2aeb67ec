"""Record the position up to which each file is imported, and let one importer write at a time."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import OperationalError
from django.db.models import Max

from analytics import database
from analytics.models import ImportCheckpoint

LOCK = "LOCK TABLE analytics_importcheckpoint IN SHARE ROW EXCLUSIVE MODE"
"""The lock that lets one importer write at a time. It ends with the transaction: a killed importer leaves no lock."""


class AlreadyImporting(Exception):
    """Another import of a file with the same beginning is running. Run this again when it is done."""


def checkpoints(opening: str) -> list[tuple[int, str]]:
    """Return the size in bytes and the digest of each imported beginning of files with this first line (`opening`)."""
    return list(ImportCheckpoint.objects.filter(opening=opening).values_list("size", "digest"))


def newest(opening: str) -> int:
    """Return the id of the last import from files with this first line (`opening`); 0 when there is none."""
    return ImportCheckpoint.objects.filter(opening=opening).aggregate(newest=Max("id"))["newest"] or 0


@contextmanager
def import_lock(opening: str, last_import: int) -> Iterator[None]:
    """Open a transaction in which no other process imports.

    Raise AlreadyImporting when another process has imported from a file with this first line since the import with the
    id `last_import`, or when another writer has locked the database.
    """
    try:
        with database.writing():
            if database.on_postgres():
                database.execute(LOCK)
            if newest(opening) != last_import:
                raise AlreadyImporting(AlreadyImporting.__doc__)
            yield
    except OperationalError as error:
        if "locked" not in str(error):
            raise
        raise AlreadyImporting("The database is locked by another writer. Run this again to go on.") from error


def add(checkpoint: ImportCheckpoint) -> int:
    """Store the record of an import and return its id."""
    checkpoint.save(force_insert=True)
    return checkpoint.pk
