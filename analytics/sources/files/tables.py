"""Rows of tables of views: CSV with a header, and JSON, one object a line.

Columns: `url` (a URL, or host/path) or `blog_id`, which counts when both are there; `timestamp` (ISO 8601, UTC when it
names no zone); and, each optional, `country_code` (ISO 3166-1 alpha-2), `viewer` (a username), `ip`. Others are
ignored. Each row is a view, without further checks for bots or files: the author of the table has decided what counts.
A row is one line; a CSV field may be quoted but not span lines.
"""

import csv
import re
from collections.abc import Callable

import msgspec

from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.messages import page_urls, timestamps
from analytics.sources.messages.surrogates import replace_lone_surrogates

COUNTRY_CODE = re.compile("[A-Za-z]{2}")


class Row(msgspec.Struct):
    timestamp: str
    url: str | None = None
    blog_id: int | None = None
    country_code: str | None = None
    viewer: str | None = None
    ip: str | None = None


ROW_DECODER = msgspec.json.Decoder(Row)


class NoTable(Exception):
    """A CSV file must begin with a header that names the columns timestamp and url, or timestamp and blog_id."""


def columns(header: str) -> list[str]:
    """Return the column names in a CSV header. Raise NoTable when they cannot describe a view.

    >>> columns('Timestamp,"URL"')
    ['timestamp', 'url']
    """
    names = [name.strip().lower() for name in _fields(header)]
    if "timestamp" not in names or not {"url", "blog_id"}.intersection(names):
        raise NoTable(NoTable.__doc__)
    return names


def csv_reader(header: str) -> Callable[[str, str], LogRecord]:
    """Return a reader of the rows below this header."""
    names = columns(header)

    def row(line: str, host: str) -> LogRecord:
        fields = _fields(line)
        if len(fields) != len(names):
            raise Skip(Reason.MALFORMED)
        values = {name: value.strip() or None for name, value in zip(names, fields, strict=True)}
        try:
            return _record(msgspec.convert(values, Row, strict=False), host)
        except msgspec.ValidationError as error:
            raise Skip(Reason.MALFORMED) from error

    return row


def json_row(line: str, host: str) -> LogRecord:
    """
    >>> json_row('{"blog_id": 7, "timestamp": "1970-01-01", "country_code": "de"}', "here")
    LogRecord(at=0, url='', blog_id=7, client='', country='DE', viewer='', agent=None)
    """
    try:
        return _record(ROW_DECODER.decode(replace_lone_surrogates(line.encode(errors="replace"))), host)
    except msgspec.MsgspecError as error:
        raise Skip(Reason.MALFORMED) from error


def _fields(line: str) -> list[str]:
    try:
        return next(csv.reader([line], strict=True), [])
    except csv.Error as error:
        raise Skip(Reason.MALFORMED) from error


def _record(row: Row, host: str) -> LogRecord:
    if "\0" in (row.viewer or "") or (row.blog_id is not None and not 0 < row.blog_id < 2**63):
        raise Skip(Reason.MALFORMED)
    return LogRecord(
        timestamps.parse_iso_time(row.timestamp),
        page_urls.parse_page_url(row.url or "", host) if row.blog_id is None else "",
        row.blog_id or 0,
        row.ip or "",
        _country(row.country_code),
        row.viewer or "",
    )


def _country(code: str | None) -> str:
    if code and not COUNTRY_CODE.fullmatch(code):
        raise Skip(Reason.MALFORMED)
    return code.upper() if code else ""
