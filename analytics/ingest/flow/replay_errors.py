"""Retry events that were invalid when they arrived."""

from collections.abc import Iterator, Sequence

from analytics.ingest.store import error_records
from analytics.models import ErrorRecord

RECORDS_PER_BATCH = 500


def batches() -> Iterator[list[ErrorRecord]]:
    """Yield all error records, in lists of at most `AT_ONCE`."""
    last = 0
    while records := error_records.after(last, RECORDS_PER_BATCH):
        yield records
        last = records[-1].pk


def delete(records: Sequence[ErrorRecord]) -> None:
    """Delete error records whose events are now stored.

    A crash before this call does no harm: an event that is sent again is stored once.
    """
    error_records.delete([record.pk for record in records])
