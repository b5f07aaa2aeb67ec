"""Lines of web-server access logs in the family of the common log format.

The common format has client, time, request and status. The combined one adds referrer and user agent, and more fields
may follow. A site may be named before the client (Debian's `other_vhosts_access.log`) or after it (lighttpd).
A request may hold any text, because the server logs it as the client sent it. The readers raise no error but Skip.
"""

import re
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import NamedTuple

from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageFinder
from analytics.sources.lookups.ip_addresses import parse_address, parse_client
from analytics.sources.messages import timestamps

QUOTED = r'"([^"\\]*+(?:\\.[^"\\]*+)*+)"'
"""Quotes inside are escaped with a backslash by Apache, and as \\x22 by nginx."""
CLIENT = r"(?P<client>\S+(?:(?<=,) \S+)*+)"
"""An address, or `client, proxy`."""
TIME_AND_STATUS = (
    r"\[(?P<day>[0-9]{2}/[A-Za-z]{3}/[0-9]{4}):(?P<clock>[0-9]{2}:[0-9]{2}:[0-9]{2}) (?P<offset>[+-][0-9]{4})\] "
    + QUOTED.replace("(", "(?P<request>", 1)
    + r" (?P<status>[0-9]{3}) (?:[0-9]+|-)"
)
AGENTS = " " + QUOTED.replace("(", "(?P<referrer>", 1) + " " + QUOTED.replace("(", "(?P<agent>", 1)
NO_AGENTS = r"(?P<referrer>)(?P<agent>)(?= |$)"
GROUPS = ("client", "host", "day", "clock", "offset", "request", "status", "referrer", "agent")
TRAEFIK_END = re.compile(r' [0-9]+ "[^"]*" "[^"]*" [0-9]+ms$')
MORE_FIELDS = re.compile(r' +(?:"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(\S+))')
FORWARDED_NAMES = frozenset(("x-forwarded-for", "http_x_forwarded_for", "$http_x_forwarded_for"))


class HostPlace(StrEnum):
    """The place of the site in a line."""

    NONE = "none"
    FIRST = "first"
    SECOND = "second"


LEADS = {
    HostPlace.NONE: CLIENT + r"(?P<host>) \S+ .*?",
    HostPlace.FIRST: r"(?P<host>\S+) " + CLIENT + r" \S+ .*?",
    HostPlace.SECOND: CLIENT + r" (?P<host>\S+) .*?",
}
LINES = {
    (host, has_agents): re.compile(lead + TIME_AND_STATUS + (AGENTS if has_agents else NO_AGENTS))
    for host, lead in LEADS.items()
    for has_agents in (True, False)
}
ANY_LINE = re.compile(r"(?P<lead>\S.*?) " + TIME_AND_STATUS + f"(?:{AGENTS})?")


class Layout(NamedTuple):
    """The fields of a log: where the site is, whether referrer and agent are there, whether agents were logged at all
    (or are a dash on every line), and the field after the agent that holds the client, if it is another one."""

    host: HostPlace = HostPlace.NONE
    has_agents: bool = True
    logs_agents: bool = True
    client_field: int | None = None


class NoClientField(Exception):
    """No field after the user agent is the one that --client-field names."""


def log_reader(layout: Layout, pages: PageFinder) -> Callable[[str], LogRecord]:
    """Return a reader of lines with this layout.

    >>> from analytics.sources.files.page_requests import PageRules
    >>> line = '::1 - - [17/May/2015:10:05:03 +0000] "GET /a?b HTTP/1.1" 200 - "-" "Opera"'
    >>> log_reader(Layout(), PageFinder(PageRules("here")))(line)[1:4]
    ('here/a', 0, '::1')
    """
    pattern, find = LINES[layout.host, layout.has_agents], pages.find
    match, indexes = pattern.match, [pattern.groupindex[name] for name in GROUPS]
    unsent = "" if layout.has_agents and layout.logs_agents else None

    def read(line: str) -> LogRecord:
        if (found := match(line)) is None:
            raise Skip(Reason.MALFORMED)
        client, host, day, clock, offset, request, status, referrer, agent = found.group(*indexes)
        if host:
            _require_client(client, host)
        page = find(request, status, host)
        if isinstance(page, Reason):
            raise Skip(page)
        if layout.client_field is not None:
            client = "".join(_more_fields(line, found.end())[layout.client_field :][:1]) or client
        return LogRecord(
            timestamps.parse_log_time(day, clock, offset),
            page.url,
            client=client,
            agent=agent if agent and agent != "-" else unsent,
            referrer="" if referrer == "-" else referrer,
            dropped=page.dropped,
            campaign=page.campaign,
        )

    return read


def _require_client(client: str, host: str) -> None:
    """Raise Skip for a line without a site among lines with one: its address stands where they have the site."""
    if parse_client(client) is None and parse_client(host) is not None:
        raise Skip(Reason.MALFORMED)


def _more_fields(line: str, end: int) -> list[str]:
    """Return the fields after the agent, without quotes; a dash is empty."""
    fields = (quoted or plain for quoted, plain in MORE_FIELDS.findall(line, end))
    return ["" if field == "-" else field for field in fields]


class LineShape(NamedTuple):
    """What one line says about the layout of its log."""

    client: str
    host: HostPlace
    has_agents: bool
    agent: str
    is_traefik: bool
    more: list[str]


def shape(line: str) -> LineShape | None:
    """Return the shape of a line, or None for a line outside this family."""
    if (found := ANY_LINE.match(line)) is None:
        return None
    lead = re.sub(r",\s+", ",", found["lead"]).split(" ")
    host = host_place(lead)
    client = lead[1] if host is HostPlace.FIRST else lead[0]
    has_agents = found["agent"] is not None
    more = _more_fields(line, found.end())
    return LineShape(client, host, has_agents, found["agent"] or "-", bool(TRAEFIK_END.search(line)), more)


def host_place(lead: Sequence[str]) -> HostPlace:
    """Return the place of the site in the fields before the time.

    >>> [host_place(lead.split()).value for lead in ("8.8.8.8 - ada", "one.example:443 8.8.8.8 - -", "8.8.8.8 a.b -")]
    ['none', 'first', 'second']
    >>> [host_place(lead.split()).value for lead in ("one.example 8.8.8.8 -", "dsl.example - Jo Doe", "8.8.8.8 jo -")]
    ['first', 'none', 'none']
    >>> [host_place(lead.split()).value for lead in ("8.8.8.8 one.example:443 - -", "8.8.8.8 10.0.0.1 -")]
    ['second', 'none']
    >>> [host_place(lead.split()).value for lead in ("192.0.2.1:80 8.8.8.8 - -", "8.8.8.8,10.0.0.1 - -")]
    ['first', 'none']
    """
    first, second = lead[0], lead[1] if len(lead) > 1 else "-"
    if second == "-":
        return HostPlace.NONE
    first_is_address, second_is_address = parse_client(first) is not None, parse_client(second) is not None
    if second_is_address:  # Of two addresses, the first is the site's if it has a port.
        return HostPlace.NONE if parse_address(first) else HostPlace.FIRST
    if len(lead) > 3 and not first_is_address:
        return HostPlace.FIRST
    names_a_site = "." in second or ":" in second or second == "localhost"
    return HostPlace.SECOND if len(lead) > 2 and names_a_site else HostPlace.NONE


def client_field(asked: str, shapes: Sequence[LineShape]) -> int:
    """Return the index of the field after the agent that holds the client: the field with this number, or of
    X-Forwarded-For the one with addresses. Raise NoClientField when there is none."""
    width = max((len(seen.more) for seen in shapes), default=0)
    if asked.isdecimal() and 1 <= int(asked) <= width:
        return int(asked) - 1
    if asked.lower() in FORWARDED_NAMES:
        holding = [
            index
            for index in range(width)
            if any(len(seen.more) > index and parse_client(seen.more[index]) for seen in shapes)
        ]
        if len(holding) == 1:
            return holding[0]
    raise NoClientField(
        f"--client-field {asked}: the lines have {width} fields after the user agent. Give a number from 1 to {width}, "
        "or x-forwarded-for if exactly one of them holds addresses."
    )
