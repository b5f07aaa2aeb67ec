"""Find the format of a file and the reader for its lines."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum

from analytics.sources.files import access_logs, tables
from analytics.sources.files.log_record import LogRecord, Reason, Skip

Reader = Callable[[str, str], LogRecord]
"""Of a line, and the host of paths that name none."""


class Format(StrEnum):
    COMBINED = "combined"
    COMMON = "common"
    CSV = "csv"
    JSONL = "jsonl"


class WrongFormat(Exception):
    """Nothing at the beginning of this file is in the format."""


def reader(form: Format, opening: str) -> Reader:
    """Return the reader for a file that begins with the line `opening`."""
    match form:
        case Format.COMBINED:
            return access_logs.combined
        case Format.COMMON:
            return access_logs.common
        case Format.JSONL:
            return tables.json_row
        case Format.CSV:
            return _csv(opening)


def _csv(opening: str) -> Reader:
    try:
        return tables.csv_reader(opening)
    except (tables.NoTable, Skip) as error:
        raise WrongFormat(f"line 1: {tables.NoTable.__doc__} It is {opening[:100]!r}.") from error


def guess(sample: Sequence[str]) -> Format:
    """Return the first format that any of these lines is in.

    >>> guess(['{"url": "a/b", "timestamp": "2015-05-17"}']), guess(["timestamp,blog_id"])
    (<Format.JSONL: 'jsonl'>, <Format.CSV: 'csv'>)
    """
    for form in Format:
        with suppress(WrongFormat):
            check(form, sample)
            return form
    raise WrongFormat(f"line 1 is in none of the formats {', '.join(Format)}: {sample[0][:100]!r}")


def check(form: Format, sample: Sequence[str]) -> None:
    """Raise WrongFormat when no line of the sample is in the format."""
    read = reader(form, sample[0])
    rows = sample[1:] if form is Format.CSV else sample
    if rows and not any(_is_in_format(read, line) for line in rows):
        at = len(sample) - len(rows) + 1
        raise WrongFormat(
            f"line {at} is not in the {form} format, nor is any of the first {len(sample)}: {rows[0][:100]!r}"
        )


def _is_in_format(read: Reader, line: str) -> bool:
    try:
        read(line, "")
    except Skip as skip:
        return skip.reason is not Reason.MALFORMED
    return True
