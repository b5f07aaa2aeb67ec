"""Trying events again that were not good when they came."""

from collections.abc import Iterator, Sequence

from analytics.ingest.store import error_records
from analytics.models import ErrorRecord

AT_ONCE = 500


def waiting() -> Iterator[list[ErrorRecord]]:
    """All error records, some at a time."""
    last = 0
    while some := error_records.after(last, AT_ONCE):
        yield some
        last = some[-1].pk


def settle(records: Sequence[ErrorRecord]) -> None:
    """The events of these are stored. Dying before this is no harm: the same event is stored once."""
    error_records.drop([record.pk for record in records])
