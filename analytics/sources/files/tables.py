"""Rows of tables of views: CSV with a header, and JSON, one object a line.

Columns: `url` (a URL, or host/path) or `blog_id`, which counts when both are there; `timestamp` (ISO 8601, UTC when it
names no zone); and, each optional, `country_code` or `country` (a code of ISO 3166-1 or an English name; others are
the unknown country), `viewer` (a username), `ip`, `visitor` (the name of a reader, who need not be a user),
`referrer`, `user_agent`, `language`, `utm_source`, `utm_medium`, `utm_campaign`. Others are ignored. Each row is a
view, without further checks for bots or files: the author of the table has decided what counts. A row is one line; a
CSV field may be quoted but not span lines.
"""

import csv
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from analytics.sources.contexts import Campaign, campaign_of_url
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.lookups import geoip
from analytics.sources.messages import page_urls, timestamps
from analytics.sources.messages.surrogates import replace_lone_surrogates


class Row(msgspec.Struct):
    timestamp: str
    url: str | None = None
    blog_id: int | None = None
    country_code: Any = None
    country: Any = None
    viewer: str | None = None
    ip: str | None = None
    visitor: Any = None
    referrer: Any = None
    user_agent: Any = None
    language: Any = None
    utm_source: Any = None
    utm_medium: Any = None
    utm_campaign: Any = None


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


def ignored_columns(header: str) -> list[str]:
    """Return the columns of a CSV header that are not read.

    >>> ignored_columns("timestamp,url,likes,Country")
    ['likes']
    """
    return [name for name in columns(header) if name not in Row.__struct_fields__]


def csv_reader(header: str, host: str) -> Callable[[str], LogRecord]:
    """Return a reader of the rows below this header. Paths without a host are at `host`."""
    names = columns(header)

    def row(line: str) -> LogRecord:
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
    >>> json_row('{"blog_id": 7, "timestamp": "1970-01-01", "country": "de"}', "here")[:5]
    (0, '', 7, '', 'DE')
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
        next(
            (code for text in (row.country_code, row.country) if isinstance(text, str) and (code := _country(text))), ""
        ),
        row.viewer or "",
        _text(row.user_agent) or None,
        _text(row.referrer),
        (),
        Campaign(_text(row.utm_source), _text(row.utm_medium), _text(row.utm_campaign)).or_else(
            campaign_of_url(row.url or "")
        ),
        _text(row.language),
        _text(row.visitor),
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


@lru_cache(4096)
def _country(text: str) -> str:
    return geoip.listed_code(text)
