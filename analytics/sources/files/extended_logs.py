"""Logs whose `#Fields:` line names their columns: the W3C extended format, as IIS and CloudFront write it.

IIS separates by blanks and writes a blank as `+`; CloudFront separates by tabs and escapes like a URL. A server that
starts again writes its directives again, perhaps with other columns.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote

from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageFinder
from analytics.sources.messages import timestamps

FIELDS, DATE = "#Fields:", "#Date:"
HOSTS = ("x-host-header", "cs-host", "cs(host)")
"""CloudFront's `cs(Host)` is the distribution's own domain, `x-host-header` the one that the visitor asked for."""
QUOTED_OR_PLAIN = re.compile(r'"((?:[^"]|"")*)"|(\S+)')


class ExtendedReader:
    """Reads lines in the order of the file: a directive says what the lines below it mean."""

    def __init__(self, directives: Sequence[str], pages: PageFinder, *, client_field: str = "") -> None:
        self._find = pages.find
        self._client_fields = [name for name in (client_field.lower(), f"cs({client_field.lower()})") if client_field]
        self._columns: list[str] = []
        self._date = ""
        for line in directives:
            self._follow(line)

    def __call__(self, line: str) -> LogRecord | None:
        """Return the view that a line records, None for a directive. Raise Skip without a view."""
        if line.startswith("#"):
            self._follow(line)
            return None
        texts = _values(line)
        if not self._columns or len(texts) != len(self._columns):
            raise Skip(Reason.MALFORMED)
        values = {name: text for name, text in zip(self._columns, texts, strict=True) if text != "-"}
        return self._record(values, is_escaped="\t" in line)

    @property
    def columns(self) -> Sequence[str]:
        return self._columns

    def _follow(self, directive: str) -> None:
        name, _, rest = directive.partition(" ")
        if name == FIELDS:
            self._columns = rest.lower().split()
        elif name == DATE:
            self._date = rest[:10]

    def _record(self, values: dict[str, str], *, is_escaped: bool) -> LogRecord:
        at = timestamps.parse_iso_time(f"{values.get('date', self._date)}T{values.get('time', '')}")
        query = values.get("cs-uri-query", "")
        target = values.get("cs-uri-stem", "") + (f"?{query}" if query else "")
        host = next((values[name] for name in HOSTS if name in values), "")
        page = self._find(f"{values.get('cs-method', '')} {target} HTTP/1.1", values.get("sc-status", ""), host)
        if isinstance(page, Reason):
            raise Skip(page)
        client = next((values[name] for name in (*self._client_fields, "c-ip") if name in values), "")
        agent = values.get("cs(user-agent)", "") if "cs(user-agent)" in self._columns else None
        return LogRecord(
            at,
            page.url,
            client=_unescaped(client, is_escaped),
            agent=agent and _unescaped(agent, is_escaped),
            referrer=_unescaped(values.get("cs(referer)", ""), is_escaped),
            dropped=page.dropped,
            campaign=page.campaign,
        )


def _values(line: str) -> list[str]:
    if "\t" in line:
        return line.split("\t")
    if '"' in line:
        return [quoted.replace('""', '"') or plain for quoted, plain in QUOTED_OR_PLAIN.findall(line)]
    return line.split()


def _unescaped(text: str, is_escaped: bool) -> str:
    """Return the text that the client sent. CloudFront escaped it twice until 2015, so `%2520` is a blank as well.

    >>> _unescaped("Mozilla/5.0%2520(X11)", True), _unescaped("Mozilla/5.0+(X11)", False)
    ('Mozilla/5.0 (X11)', 'Mozilla/5.0 (X11)')
    """
    return unquote(unquote(text)) if is_escaped else text.replace("+", " ")
