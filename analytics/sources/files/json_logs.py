"""Access logs of JSON, one object a line: of Caddy, of Traefik, and of nginx (`log_format ... escape=json`).

nginx has the names that its administrator chose; those of its variables are understood, and the usual others.
"""

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageFinder
from analytics.sources.messages import timestamps

Fields = dict[str, Any]
BYTE_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
"""As nginx writes a byte without `escape=json`: no JSON."""
TIME = ("time_iso8601", "time_local", "msec", "timestamp", "@timestamp", "time", "ts", "date")
CLIENT = ("remote_addr", "client_ip", "remote_ip", "clientip", "client", "ip")
HOST = ("http_host", "host", "vhost", "server_name")
REQUEST = ("request",)
METHOD = ("request_method", "method", "verb")
TARGET = ("request_uri", "uri", "url", "path")
QUERY = ("args", "query_string", "query")
STATUS = ("status", "response_code", "response", "code")
AGENT = ("http_user_agent", "user_agent", "agent", "useragent")
LANGUAGE = ("http_accept_language", "accept_language")
REFERRER = ("http_referer", "http_referrer", "referer", "referrer")


class LoggedRequest(NamedTuple):
    """A request as a log has it. `agent` is None where the log has no agents."""

    at: Any
    client: str
    host: str
    method: str
    target: str
    status: str
    agent: str | None
    referrer: str
    language: str = ""


def fields(line: str) -> Fields | None:
    """Return the object that a line holds, or None."""
    for text in (line, BYTE_ESCAPE.sub(r"\\u00\1", line)):
        try:
            found = msgspec.json.decode(text.encode(errors="replace"))
            return found if isinstance(found, dict) else None
        except (msgspec.MsgspecError, RecursionError):
            continue
    return None


def is_nginx(found: Fields) -> bool:
    names = found.keys()
    return (
        not names.isdisjoint(STATUS)
        and not names.isdisjoint(TIME)
        and (isinstance(found.get("request"), str) or not names.isdisjoint(TARGET))
    )


def is_caddy(found: Fields) -> bool:
    return isinstance(found.get("request"), dict) and "uri" in found["request"]


def is_traefik(found: Fields) -> bool:
    return "RequestPath" in found or "DownstreamStatus" in found


def nginx(found: Fields) -> LoggedRequest:
    method, _, rest = _text(found, REQUEST).partition(" ")
    target = rest.rpartition(" ")[0] or rest
    if not method:
        method, target, query = (_text(found, names) for names in (METHOD, TARGET, QUERY))
        target = f"{target}?{query}" if query and "?" not in target else target
    agent = _text(found, AGENT) if not found.keys().isdisjoint(AGENT) else None
    return LoggedRequest(
        next((found[name] for name in TIME if name in found), None),
        _text(found, CLIENT),
        _text(found, HOST),
        method,
        target,
        _text(found, STATUS),
        agent,
        _text(found, REFERRER),
        _text(found, LANGUAGE),
    )


def caddy(found: Fields) -> LoggedRequest:
    request = found["request"]
    return LoggedRequest(
        found.get("ts"),
        _text(request, ("client_ip", "remote_ip", "remote_addr")),
        _text(request, ("host",)),
        _text(request, ("method",)),
        _text(request, ("uri",)),
        _text(found, ("status",)),
        header(found, "User-Agent"),
        header(found, "Referer") or "",
        header(found, "Accept-Language") or "",
    )


def traefik(found: Fields) -> LoggedRequest:
    return LoggedRequest(
        next((found[name] for name in ("StartUTC", "StartLocal", "time") if name in found), None),
        _text(found, ("ClientHost", "ClientAddr")),
        _text(found, ("RequestHost", "RequestAddr")),
        _text(found, ("RequestMethod",)),
        _text(found, ("RequestPath",)),
        _text(found, ("DownstreamStatus", "OriginStatus")),
        header(found, "User-Agent"),
        header(found, "Referer") or "",
        header(found, "Accept-Language") or "",
    )


class JsonServer(NamedTuple):
    """A server that logs JSON: how its requests are recognised and read."""

    is_request: Callable[[Fields], bool]
    request: Callable[[Fields], LoggedRequest]


CADDY, TRAEFIK, NGINX = JsonServer(is_caddy, caddy), JsonServer(is_traefik, traefik), JsonServer(is_nginx, nginx)


class JsonReader:
    """Reads the lines of a server's log. `logs_agents`: some line has a user agent, so a line without one is of a
    client that sent none. `client_field` names the field or header that holds the client."""

    def __init__(self, server: JsonServer, pages: PageFinder, *, logs_agents: bool, client_field: str = "") -> None:
        self._server = server
        self._find = pages.find
        self._unsent = "" if logs_agents else None
        self._client_field = client_field

    def __call__(self, line: str) -> LogRecord:
        found = fields(line)
        if found is None:
            raise Skip(Reason.MALFORMED)
        if not self._server.is_request(found):
            raise Skip(Reason.MESSAGE)
        return self._record(found, self._server.request(found))

    def _record(self, found: Fields, request: LoggedRequest) -> LogRecord:
        at = timestamps.parse_any_log_time(request.at)
        page = self._find(f"{request.method} {request.target} HTTP/1.1", request.status, request.host)
        if isinstance(page, Reason):
            raise Skip(page)
        named = header(found, self._client_field) if self._client_field else None
        client = named if named and named != "-" else request.client
        agent = request.agent if request.agent and request.agent != "-" else self._unsent
        referrer = "" if request.referrer == "-" else request.referrer
        return LogRecord(
            at,
            page.url,
            client=client,
            agent=agent,
            referrer=referrer,
            dropped=page.dropped,
            campaign=page.campaign,
            language=request.language,
        )


def header(found: Fields, name: str) -> str | None:
    """Return a field, or a request header as Caddy or Traefik logs it, whatever its case; None if it is not there.

    >>> header({"request": {"headers": {"X-A": ["b", "c"]}}}, "x-a"), header({"request_X-A": "b"}, "X-a")
    ('b, c', 'b')
    """
    request = found.get("request")
    headers = request.get("headers") if isinstance(request, dict) else None
    for owner, prefix in ((found, ""), (found, "request_"), (headers, "")):
        if isinstance(owner, dict):
            value = next((value for key, value in owner.items() if key.lower() == f"{prefix}{name}".lower()), None)
            if value is not None:
                return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return None


def _text(found: Fields, names: Iterable[str]) -> str:
    """Return the first of these fields that says something, as text; empty when none does."""
    values = (found[name] for name in names if name in found)
    texts = (str(value) for value in values if isinstance(value, str | int) and not isinstance(value, bool))
    return next((text for text in texts if text not in ("", "-")), "")
