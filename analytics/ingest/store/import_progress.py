"""Record the position up to which each file is imported, and let one importer write at a time."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import numpy as np
from django.db import OperationalError
from django.db.models import Max
from numpy.typing import NDArray

from analytics import database
from analytics.models import ImportCheckpoint
from analytics.sources.files.line_fingerprints import LineFingerprints

LOCK = "LOCK TABLE analytics_importcheckpoint IN SHARE ROW EXCLUSIVE MODE"
"""The lock that lets one importer write at a time. It ends with the transaction: a killed importer leaves no lock."""

FINGERPRINTS_KEPT = timedelta(days=30)
"""Files that share lines are imported within days of each other. A fingerprint is of a line with a person's address."""


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


def add(checkpoint: ImportCheckpoint, fingerprints: LineFingerprints) -> int:
    """Store the record of an import with the fingerprints of its lines, and return its id. Fingerprints that are too
    old to be of use are deleted."""
    if len(fingerprints):
        checkpoint.first_at, checkpoint.last_at = fingerprints.first_at, fingerprints.last_at
        checkpoint.fingerprints = fingerprints.packed()
    checkpoint.save(force_insert=True)
    old = ImportCheckpoint.objects.filter(imported_at__lt=checkpoint.imported_at - FINGERPRINTS_KEPT)
    old.filter(last_at__isnull=False).update(first_at=None, last_at=None, fingerprints=b"")
    return checkpoint.pk


def are_imported(fingerprints: LineFingerprints) -> NDArray[np.bool_]:
    """Return for each fingerprint whether a line with the same was imported."""
    found = np.zeros(len(fingerprints), np.bool_)
    if len(fingerprints):
        rows = ImportCheckpoint.objects.filter(last_at__gte=fingerprints.first_at, first_at__lte=fingerprints.last_at)
        for packed in rows.order_by().values_list("fingerprints", flat=True).iterator(chunk_size=16):
            found |= fingerprints.are_among(bytes(packed))
    return found
