"""Access logs of AWS's Application Load Balancer, and of the classic one, which has no type in the first place."""

import re
from collections.abc import Callable

from analytics.sources.files.access_logs import QUOTED
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageFinder
from analytics.sources.messages import timestamps

LINE = re.compile(
    r"(?:(?:https?|h2|grpcs|wss?) )?([0-9]{4}-[0-9]{2}-[0-9]{2}T\S+Z) \S+ (\S+) \S+ "
    r"-?[0-9.]+ -?[0-9.]+ -?[0-9.]+ ([0-9]{3}|-) (?:[0-9]{3}|-) [0-9]+ [0-9]+ " + QUOTED + " " + QUOTED
)
"""Time, client with port, the load balancer's status, request, user agent."""
REQUEST = re.compile(r"(\S+) [a-z]+://([^/ ]*)(\S*) (\S+)")
"""The request line has a whole URL: `GET https://www.example.com:443/a HTTP/1.1`."""


def is_line(line: str) -> bool:
    return LINE.match(line) is not None


def load_balancer_reader(pages: PageFinder) -> Callable[[str], LogRecord]:
    """Return a reader of a load balancer's lines."""
    find = pages.find

    def read(line: str) -> LogRecord:
        if (found := LINE.match(line)) is None:
            raise Skip(Reason.MALFORMED)
        time, client, status, request, agent = found.groups()
        at = timestamps.parse_iso_time(time)
        host = ""
        if parts := REQUEST.fullmatch(request):
            method, host, target, protocol = parts.groups()
            request = f"{method} {target or '/'} {protocol}"
        page = find(request, status, host)
        if isinstance(page, Reason):
            raise Skip(page)
        address = client.rpartition(":")[0].strip("[]")
        return LogRecord(
            at,
            page.url,
            client=address,
            agent="" if agent == "-" else agent,
            dropped=page.dropped,
            campaign=page.campaign,
        )

    return read
