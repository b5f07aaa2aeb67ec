"""Hostile requests, made at random from a seed, and the bytes with which a client sends them."""

import base64
import random
import socket
from collections.abc import Sequence
from contextlib import closing, suppress
from http.client import HTTPException, HTTPResponse
from typing import NamedTuple
from urllib.parse import quote

METHODS = ("GET", "POST", "HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "BREW")
PAGES = ("/admin", "/dashboard", "/swagger", "/redoc", "/static", "/tracker.js")
"""What begins with these is for people or browsers; everything else answers an error in JSON."""

EVENT = {"session_id": '"s"', "category": '"page"', "name": '"pageview"', "data": '{"host": "a.example", "path": "/"}'}
VISIT = {"domain": '"a.example"', "path": '"/page"', "subject": '"Page"', "visitor": '"v"'}
QUESTION = {
    "range": '"month"',
    "year": "2026",
    "start_date": '"2026-01-01"',
    "end_date": '"2026-02-01"',
    "country_codes": '["DE"]',
    "exclude_country_codes": '["FR"]',
    "author_username": '"ann"',
    "blog_id": "1",
    "limit": "5",
    "compare": '"day"',
    "gaps": '"fill"',
    "filters": '{"eq": {"country": "DE"}}',
}
ANY_QUESTION = {
    "dataset": '"views"',
    "metrics": '["views", "blogs"]',
    "range": '{"start_date": "2026-01-01", "end_date": "2026-03-31"}',
    "time_zone": '"UTC"',
    "dimensions": '["time:week"]',
    "filters": '{"eq": {"country": "DE"}}',
    "compare": '"previous"',
    "order_by": '[["views", "desc"]]',
    "limit": "5",
    "offset": "0",
    "include": '["totals", "gaps"]',
}
LOGIN = {"username": '"ann"', "password": '"wrong"'}
EVENT_LIST = {
    "page": "1",
    "page_size": "10",
    "session_id": "s",
    "timestamp_after": "2026-01-01",
    "ordering": "timestamp",
}
SLICE = {"limit": "10", "offset": "0", "name": "a.example"}
HOST = {"host": "a.example", "limit": "10", "measure": "smoothed"}
SPAN = {"domain": "a.example", "direction": "both", "from_time": "2026-01-01T00:00:00Z", "to_time": "2026-01-02"}


class Endpoint(NamedTuple):
    """A path, and the parameters and the JSON fields that it knows."""

    path: str
    params: dict[str, str] = {}
    fields: dict[str, str] = {}


ENDPOINTS = (
    Endpoint("/events/", EVENT_LIST, EVENT),
    Endpoint("/eye", {}, EVENT),
    Endpoint("/events/errors/", EVENT_LIST),
    Endpoint("/events/1/"),
    Endpoint("/report", {}, {"category": '"page"', "timestamp": '["2026-01-01", "2026-01-02"]'}),
    Endpoint("/report/all", {"limit": "10", "after": "1"}),
    Endpoint("/session/count", {"limit": "10"}),
    Endpoint("/report/name/count", {"limit": "10"}),
    Endpoint("/count/category", {"limit": "10"}),
    *(Endpoint(f"/api/analytics/blog-views/{name}/", {}, QUESTION) for name in ("country", "user", "wrong")),
    *(Endpoint(f"/api/analytics/top/{name}/", {}, QUESTION) for name in ("blog", "user", "country", "wrong")),
    Endpoint("/api/analytics/performance/", {}, QUESTION),
    Endpoint("/api/analytics/events/", {}, QUESTION),
    Endpoint("/api/analytics/query/", {}, ANY_QUESTION),
    Endpoint("/api/analytics/views/", {}, {"blog_id": "1", "country_code": '"DE"', "url": '"http://a.example/"'}),
    Endpoint("/api/analytics/notes/", SLICE, {"day": '"2026-01-05"', "text": '"a"', "site": '"a.example"'}),
    Endpoint("/api/token/", {}, LOGIN),
    Endpoint("/api/token/refresh/", {}, {"refresh": '"wrong"'}),
    Endpoint("/api/visits/", SLICE, VISIT),
    Endpoint("/api/visits/1/"),
    Endpoint("/api/collect", {}, VISIT),
    Endpoint("/api/", {}),
    Endpoint("/api/users/", SLICE),
    Endpoint("/api/domains/", SLICE),
    Endpoint("/api/pages/", SLICE),
    Endpoint("/api/pagediffs/", SPAN | SLICE),
    Endpoint("/api/v1.0/increasingconcurrents", HOST),
    Endpoint("/api/v1.0/concurrents", HOST),
    Endpoint("/live/toppages/", HOST),
    Endpoint("/live/toppages/v3/", HOST),
    Endpoint("/tracker.js"),
    Endpoint("/healthz"),
    Endpoint("/readyz"),
    Endpoint("/swagger/", {"format": "openapi"}),
    Endpoint("/swagger.json"),
    Endpoint("/redoc/"),
    Endpoint("/dashboard/"),
    Endpoint("/dashboard/live", HOST),
    Endpoint("/dashboard/warehouse", {"range": "month"}),
    Endpoint("/dashboard/login", {"next": "/dashboard/"}, LOGIN),
    Endpoint("/dashboard/shares", {}, {"name": '"a"', "query": '"country=DE"', "expires": '"7"', "revoke": '"1"'}),
    Endpoint("/dashboard/shared/unknown/", {"range": "month"}),
    Endpoint("/dashboard/logout"),
    Endpoint("/admin/"),
    Endpoint("/admin/login/", {"next": "/admin/"}, LOGIN),
    Endpoint("/admin/analytics/blog/", {"q": "a", "p": "1", "o": "1", "all": "", "author__id__exact": "1"}),
    Endpoint("/admin/analytics/blog/1/change/", {"_to_field": "id", "_popup": "1"}, LOGIN),
    Endpoint("/admin/analytics/event/", {"q": "a", "p": "1", "timestamp__gte": "2026-01-01"}),
    Endpoint("/admin/auth/user/add/", {}, LOGIN),
    Endpoint("/admin/jsi18n/"),
    Endpoint(
        "/admin/autocomplete/", {"term": "a", "app_label": "analytics", "model_name": "blog", "field_name": "author"}
    ),
    Endpoint("/admin/r/1/1/"),
    Endpoint("/static/admin/css/base.css"),
    Endpoint("/nothing/at/all"),
)

TEXTS = (
    "",
    " ",
    "\0",
    "a\0b",
    "\r\nX-Injected: 1",
    "' OR 1=1 --",
    '"; DROP TABLE analytics_event; --',
    "%s%n{0}{{7*7}}${jndi:ldap://a.example/}",
    "<script>alert(1)</script>",
    "../../../../etc/passwd",
    "//evil.example/",
    "javascript:alert(1)",
    "\ufeff\u202e\u0130\u1e9e\U0001f600",
    "\u0660\u0661\u0662",
    "[::1",
    "http://[::1/",
    "http://a.example:99999999/",
    "xn--\u00e9.",
    "." * 300,
    "A" * 3000,
    "0001-01-01",
    "9999-12-31",
    "9999-12-31T23:59:59.999999-23:59",
    "0001-01-01T00:00:00+23:59",
    "2026-02-30",
    "2026-W53-7",
    "2026-01-01T24:00:00Z",
    "2026-01-01T00:00:60Z",
    "Mars/Olympus",
    "-1",
    "0",
    "00",
    "+1",
    "1e3",
    "1_000",
    "NaN",
    "Infinity",
    "9223372036854775807",
    "9223372036854775808",
    "-9223372036854775809",
    "9" * 500,
    "true",
    "null",
    "2147483648",
    "101",
)
FRAGMENTS = (
    "null",
    "true",
    "[]",
    "{}",
    "[[]]",
    "[null]",
    '[{"a": [{}]}]',
    "-0",
    "0",
    "-1",
    "1.5",
    "1e400",
    "-1e400",
    "NaN",
    "Infinity",
    "9" * 400,
    "9223372036854775808",
    '"\\ud800"',
    '{"\\udfff": "\\ud800\\ud800"}',
    '"\\u0000"',
    '{"\\u0000": "\\u0000"}',
    '{"a": 1, "a": 2}',
    "[" * 3000 + "]" * 3000,
    '{"a":' * 500 + "1" + "}" * 500,
    '{"not":' * 40 + '{"eq": {"blog": 1}}' + "}" * 40,
    '{"or": [' + '{"eq": {"country": null}},' * 1200 + "{}]}",
    '{"in": {"blog": [' + "1," * 2000 + "1]}}",
    '{"eq": {"country__code__regex": ".*"}}',
    "[" + '"DE",' * 2000 + '"DE"]',
)
RAW_BODIES = (
    b"",
    b"null",
    b"[]",
    b"1",
    b'"text"',
    b"[" * 50_000,
    b"\xff\xfe{\x00",
    b"\xef\xbb\xbf{}",
    b'{"a": "\xc3\x28"}',
    b"{",
    b"{'a': 1}",
    b"{} {}",
    b"\0" * 100,
    b"[" + b"{}," * 1100 + b"{}]",
    b" " * 1_000_001,
    b"a=1&" * 2000,
    b"%00=%ff&%zz=%",
    b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n',
    b'--x\r\nContent-Disposition: form-data; name="f"; filename="../\0"\r\n\r\n1\r\n--x--\r\n',
    b'--x\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: form-data; name="a"\r\n\r\n!\r\n--x--\r\n',
    b"--x\r\nContent-Type: text/plain; charset=nothing\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
)
CONTENT_TYPES = (
    "application/json",
    "application/json; charset=utf-16",
    "application/json; charset=nothing",
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-7",
    "application/x-www-form-urlencoded; charset=nothing",
    "multipart/form-data; boundary=x",
    "multipart/form-data",
    "multipart/form-data; boundary=" + "x" * 300,
    "multipart/form-data; boundary=\xe9",
    "text/plain",
    "application/xml",
    "\xe9/\xff",
    ";;;",
    "a" * 2000,
)
HEADERS = (
    ("Accept", "text/html"),
    ("Accept", "application/xml;q=0.9, image/*"),
    ("Accept", "*/*;q=nan, ;;, /"),
    ("Accept", "application/json; indent=99999999999999999999"),
    ("Accept", "application/json; version=\xff"),
    ("Accept", "text/csv"),
    ("Accept", "application/x-ndjson, application/problem+json"),
    ("Accept-Language", "\xff, " + "x-" * 500),
    ("Accept-Encoding", "gzip;q=1e999, br, \xff"),
    ("Content-Encoding", "gzip"),
    ("Origin", "null"),
    ("Origin", "http://[::1"),
    ("Origin", "https://evil.example"),
    ("Referer", "http://[::1"),
    ("Referer", "\xff" * 100),
    ("Access-Control-Request-Method", "\xff"),
    ("Access-Control-Request-Headers", "x-api-key, \xff"),
    ("Cookie", 'a="\\000"; =; ;; \xff=\xff; messages=a; sessionid=; csrftoken="\\012"'),
    ("Cookie", "messages=W1siX19qc29uX21lc3NhZ2UiXV0:x:y; " * 50),
    ("X-Forwarded-For", "\xff, 999.1.1.1, ::ffff:1.2.3.4%eth0, unknown"),
    ("X-Forwarded-Proto", "https, javascript"),
    ("X-Forwarded-Prefix", "//evil.example/"),
    ("X-Forwarded-Host", "evil.example"),
    ("X-Forwarded-Port", "99999999"),
    ("Forwarded", 'for="[::1";host=evil.example'),
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-Request-ID", "\xff" * 70),
    ("User-Agent", ""),
    ("User-Agent", "\xff\x01" * 300),
    ("User-Agent", "Mozilla/5.0 " + "(" * 3000),
    ("DNT", "1"),
    ("Sec-GPC", "\xff"),
    ("Range", "bytes=-1-,,99999999999999999999-"),
    ("If-None-Match", '"' * 50),
    ("If-Modified-Since", "Thu, 99 Foo 99999 99:99:99 GMT"),
    ("Expect", "nothing"),
    ("Upgrade", "h2c"),
    ("Connection", "close, upgrade"),
    ("X-Big", "a" * 20_000),
    ("Transfer-Encoding", "gzip"),
    ("X-CB-AK", "\xff"),
)
HOSTS = ("evil.example", "", "localhost:99999999", "[::1", "127.0.0.1\xff", "a" * 300, "127.0.0.1:80@evil.example")
PATHS = (
    "%00",
    "%ff",
    "%2e%2e/",
    "//",
    "%0d%0aX-Injected:%201",
    "\xe9",
    "9" * 400,
    "?" * 20,
    "#x",
    "%",
    ";a=1",
    "\U0001f600",
)


class Secrets(NamedTuple):
    """The right credentials, which must be written nowhere."""

    key: str
    access: str
    refresh: str
    password: str
    session: str
    csrf: str


class Request(NamedTuple):
    method: str
    target: str
    headers: Sequence[tuple[str, str]]
    body: bytes = b""

    def encode(self) -> bytes:
        """Return the bytes to send, with characters above U+00FF as UTF-8."""
        lines = [f"{self.method} {self.target} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        return b"\r\n".join(map(_encode, lines)) + b"\r\n\r\n" + self.body

    @property
    def is_page(self) -> bool:
        return self.target.startswith(PAGES)


class Answer(NamedTuple):
    """What was answered; the status 0 stands for a connection that was closed without an answer."""

    status: int
    headers: dict[str, str] = {}
    body: bytes = b""


def exchange(port: int, sent: bytes, method: str = "GET", *, timeout: float = 20) -> Answer:
    """Send these bytes, and return the answer. Raise TimeoutError if there is none in time."""
    with closing(socket.create_connection(("127.0.0.1", port), timeout)) as connection:
        with suppress(BrokenPipeError, ConnectionResetError):  # refused before all was sent; the answer may be there
            connection.sendall(sent)
        try:
            with closing(HTTPResponse(connection, method=method)) as answer:
                answer.begin()
                names = {name.lower() for name in answer.headers}
                headers = {name: ", ".join(answer.headers.get_all(name, [])) for name in names}
                return Answer(answer.status, headers, answer.read())
        except (ConnectionError, HTTPException):
            return Answer(0)


class HostileClient:
    """Makes requests that are right in most parts and hostile in some. The same seed gives the same requests."""

    def __init__(self, seed: int, secrets: Secrets) -> None:
        self._random, self._secrets = random.Random(seed), secrets

    def request(self) -> Request:
        pick = self._random
        endpoint = pick.choice(ENDPOINTS)
        method = self._method(endpoint)
        type, body = self._body(endpoint) if method not in ("GET", "HEAD", "OPTIONS") or self._seldom() else ("", b"")
        params = self._params(endpoint)
        headers = [("Host", pick.choice(HOSTS) if self._seldom() else "127.0.0.1")]
        headers += [("Content-Type", type)] if type else []
        headers += [pick.choice(HEADERS) for _ in range(pick.choice((0, 0, 1, 1, 3)))]
        for name, value in self._credentials():
            if name.startswith("?"):
                params.append((name[1:], value))
            else:
                headers.append((name, value))
        target = self._path(endpoint.path) + self._query(params)
        framing, body = self._framing(body, method)
        return Request(method, target, [*headers, *framing, ("Connection", "close")], body)

    def _seldom(self) -> bool:
        return self._random.random() < 0.1

    def _method(self, endpoint: Endpoint) -> str:
        if self._random.random() < 0.2:
            return self._random.choice(METHODS)
        return "POST" if endpoint.fields and self._random.random() < 0.7 else "GET"

    def _path(self, path: str) -> str:
        if self._random.random() < 0.85:
            return path
        at = self._random.randrange(1, len(path) + 1)
        end = path.rfind("/", 0, -1) + 1 if self._random.random() < 0.5 else at
        return path[:end] + self._random.choice(PATHS) + path[at:]

    def _params(self, endpoint: Endpoint) -> list[tuple[str, str]]:
        known = [each for each in endpoint.params.items() if self._random.random() < 0.6]
        changed = [(name, self._text() if self._random.random() < 0.3 else value) for name, value in known]
        if changed and self._seldom():
            changed.append(self._random.choice(changed))
        if self._seldom():
            changed.append((self._text(), self._text()))
        return changed

    def _query(self, params: Sequence[tuple[str, str]]) -> str:
        if self._seldom():
            return "?" + self._random.choice(
                ("&" * 3000, "%", "%ff=%ff", "a[b]=1&a[]=2", "=", "%00", "a=1;b=2", "page=%u0031")
            )
        pairs = [f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in params]
        return f"?{'&'.join(pairs)}" if pairs else ""

    def _text(self) -> str:
        return self._random.choice(TEXTS)

    def _body(self, endpoint: Endpoint) -> tuple[str, bytes]:
        """Return the content type and the body."""
        if self._random.random() < 0.15:
            return self._random.choice(CONTENT_TYPES), self._random.choice(RAW_BODIES)
        kept = [each for each in endpoint.fields.items() if self._random.random() < 0.5]
        kept += [(name, self._fragment()) for name in endpoint.fields if self._random.random() < 0.15]
        kept += [(self._random.choice(("unknown", "\\u0000", "\\ud800", "__proto__")), "1")] if self._seldom() else []
        self._random.shuffle(kept)
        if self._seldom():
            fields = "&".join(f"{quote(name)}={quote(value)}" for name, value in kept)
            return self._random.choice(CONTENT_TYPES), fields.encode()
        text = "{" + ", ".join(f'"{name}": {value}' for name, value in kept) + "}"
        text = f"[{text}, {text}]" if self._seldom() else text
        type = self._random.choice(CONTENT_TYPES) if self._seldom() else "application/json"
        encoding = self._random.choice(("utf-16", "utf-7", "utf-8-sig")) if self._seldom() else "utf-8"
        return type, text.encode(encoding, "surrogatepass")

    def _fragment(self) -> str:
        if self._random.random() < 0.5:
            return self._random.choice(FRAGMENTS)
        text = self._text().replace("\\", "\\\\").replace('"', '\\"').replace("\0", "\\u0000")
        return '"' + text.replace("\r", "\\r").replace("\n", "\\n") + '"'

    def _credentials(self) -> list[tuple[str, str]]:
        """Return headers, and parameters with a question mark before the name, that say who asks."""
        own, text = self._secrets, self._text().translate({0: None, 10: None, 13: None})
        basic, wrong = (base64.b64encode(f"ann:{each}".encode()).decode() for each in (own.password, text))
        ways = (
            [("X-API-Key", own.key)],
            [("?apikey", own.key)],
            [("?apikey", own.key), ("?apikey", text)],
            [("?apikey", self._text()), ("X-API-Key", own.key)],
            [("X-CB-AK", own.key)],
            [("Authorization", f"Bearer {own.access}")],
            [("Authorization", f"Bearer {own.access}\xff")],
            [("Authorization", f"Bearer {own.refresh}")],
            [("Authorization", f"Bearer  {own.access} {text}")],
            [("Authorization", f"Basic {basic}")],
            [("Authorization", f"Basic {wrong}")],
            [("Authorization", f"Basic {basic}\xff="), ("X-API-Key", own.key)],
            [("Authorization", text), ("Authorization", f"Bearer {own.access}")],
            [("Cookie", f"sessionid={own.session}; csrftoken={own.csrf}"), ("X-CSRFToken", own.csrf)],
            [("Cookie", f"sessionid={own.session}; csrftoken={own.csrf}"), ("X-CSRFToken", own.csrf)],
            [("Cookie", f"sessionid={own.session}{text}; csrftoken={text}"), ("X-CSRFToken", text)],
            [],
        )
        return self._random.choice(ways)

    def _framing(self, body: bytes, method: str) -> tuple[list[tuple[str, str]], bytes]:
        """Return the headers that say how long the body is, or something wrong, and the body as it is sent."""
        if not body and method in ("GET", "HEAD", "OPTIONS"):
            return [], b""
        way = self._random.random()
        if way < 0.8:
            return [("Content-Length", str(len(body)))], body
        if way < 0.9:
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(each), each) for each in (body[:7], body[7:]) if each)
            return [("Transfer-Encoding", "chunked")], chunks + b"0\r\n\r\n"
        wrong = ("-1", "abc", "1e3", "9" * 40, "0", "+5", "5, 5", "")
        return [("Content-Length", self._random.choice(wrong))], body[:1000]


def _encode(line: str) -> bytes:
    return bytes(ord(each) for each in line) if max(map(ord, line)) < 256 else line.encode()
