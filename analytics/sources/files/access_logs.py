"""Lines of web-server access logs: the common format, and the combined one, which adds referrer and user agent.

A request may hold any text, because the server logs it as the client sent it. The readers raise no error but Skip.
"""

import re
from functools import lru_cache

from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.messages import page_urls, timestamps

QUOTED_PATTERN = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
"""Quotes inside are escaped with a backslash by Apache, and as \\x22 by nginx."""
COMMON_PATTERN = (
    r"(\S+) \S+ .*?\[([0-9]{2}/[A-Za-z]{3}/[0-9]{4}):([0-9]{2}:[0-9]{2}:[0-9]{2}) ([+-][0-9]{4})\] "
    + QUOTED_PATTERN
    + r" ([0-9]{3}) (?:[0-9]+|-)"
)
COMMON_LINE = re.compile(COMMON_PATTERN + r"(?: |$)")
COMBINED_LINE = re.compile(COMMON_PATTERN + " " + QUOTED_PATTERN + " " + QUOTED_PATTERN)
SUCCESS_STATUSES = ("200", "304")
"""304: the reader has the page already and sees it again."""


def common(line: str, host: str) -> LogRecord:
    """Return the view that a line in the common format records. Raise Skip when it records none."""
    return _record(COMMON_LINE, line, host)


def combined(line: str, host: str) -> LogRecord:
    """Return the view that a line in the combined format records. More fields may follow. Raise Skip without a view.

    >>> combined('::1 - - [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 - "-" "Opera"', "here")[1:4]
    ('here/a', 0, '::1')
    """
    return _record(COMBINED_LINE, line, host)


def _record(form: re.Pattern[str], line: str, host: str) -> LogRecord:
    found = form.match(line)
    if found is None:
        raise Skip(Reason.MALFORMED)
    client, day, clock, offset, request, status, *rest = found.groups()
    at = timestamps.parse_log_time(day, clock, offset)
    page = _page_or_reason(request, status, host)
    if isinstance(page, Reason):
        raise Skip(page)
    return LogRecord(at, page, client=client, agent=_field_or_empty(rest[1]) if rest else None)


@lru_cache(65536)
def _page_or_reason(request: str, status: str, host: str) -> str | Reason:
    """Return the result of `_page`, or the reason that it raises. Most lines repeat the request of another line, and a
    cache does not keep an exception."""
    try:
        return _page(request, status, host)
    except Skip as skip:
        return skip.reason


def _page(request: str, status: str, host: str) -> str:
    """Return the page that a request got. HEAD gets none; POST, OPTIONS and malformed requests do not read pages."""
    method, _, target_and_protocol = request.partition(" ")
    if method != "GET":
        raise Skip(Reason.METHOD)
    if status not in SUCCESS_STATUSES:
        raise Skip(Reason.STATUS)
    target, _, protocol = target_and_protocol.rpartition(" ")
    path, _, query = (target if protocol.startswith("HTTP/") else target_and_protocol).partition("#")[0].partition("?")
    if not path.startswith("/"):
        raise Skip(Reason.FILE)
    page_urls.require_page(path, query)
    return page_urls.blog_url(host, path)


def _field_or_empty(field: str) -> str:
    """Return the text that the client sent; a dash in the log stands for no text."""
    return "" if field == "-" else field
