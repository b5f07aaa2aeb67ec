"""What Swagger UI and ReDoc show of the live pages."""

from typing import Any

from drf_yasg import openapi

from analytics.models.site import MAX_PATH, MAX_SUBJECT
from analytics.sources.messages import visit_origin
from analytics.sources.url_spelling import MAX_HOST

KEY = openapi.Parameter("apikey", openapi.IN_QUERY, type="string", description="a key; or the header X-API-Key")
HOST = openapi.Parameter("host", openapi.IN_QUERY, type="string", required=True, description="the site")
MEASURE = openapi.Parameter(
    "measure",
    openapi.IN_QUERY,
    type="string",
    enum=["difference", "smoothed", "relative"],
    default="difference",
    description="difference: visitors now less those one snapshot ago. smoothed: the mean of five snapshots less that "
    "of the five before. relative: standard deviations above what is usual for the page at this hour of the day; "
    "below 2 it is noise and left out.",
)
NO_KEY = openapi.Response("No key, or an unknown one", None, {"application/json": {"detail": "Invalid token"}})
NOT_YOURS = openapi.Response("The key is not for this host", None, {"application/json": {"detail": "…"}})


def _number_parameter(name: str, default: int, maximum: int, what: str) -> openapi.Parameter:
    return openapi.Parameter(
        name, openapi.IN_QUERY, type="integer", default=default, minimum=1, maximum=maximum, description=what
    )


def _text_schema(max_length: int, what: str) -> openapi.Schema:
    return openapi.Schema(type="string", maxLength=max_length, description=what)


def _operation(id: str, summary: str, description: str, example: Any, status: int = 200, **more: Any) -> dict[str, Any]:
    wrong = openapi.Response("A field is wrong: its name and why", None, {"application/json": {"domain": ["…"]}})
    answers = {
        status: openapi.Response("As in the example", None, {"application/json": example}),
        400: wrong,
        401: NO_KEY,
        403: NOT_YOURS,
    }
    return {
        "operation_id": id,
        "operation_summary": summary,
        "operation_description": description,
        "responses": answers,
        "manual_parameters": [KEY],
        "tags": ["pages"],
        **more,
    }


def _list(results: list[dict[str, Any]]) -> dict[str, Any]:
    return {"count": len(results), "next": None, "previous": None, "results": results}


VISIT_FIELDS = {
    "domain": _text_schema(MAX_HOST, "the host"),
    "path": _text_schema(MAX_PATH, "the page: begins with a slash, or is a whole URL"),
    "subject": _text_schema(MAX_SUBJECT, "its title"),
    "visitor": _text_schema(
        200, "your id of the visitor; without it, a hash of address and user agent that changes daily"
    ),
    **{name: _text_schema(longest, "checked, not stored") for name, longest in visit_origin.MAX_LENGTHS.items()},
}
VISIT = openapi.Schema(
    type="object",
    required=["domain", "path", "subject"],
    properties=VISIT_FIELDS,
    example={"domain": "example.com", "path": "/page/1", "subject": "First subject"},
)
BEACON = openapi.Schema(
    type="object",
    required=["domain", "path"],
    properties={**VISIT_FIELDS, "beat": openapi.Schema(type="boolean", description="still there: no new visit")},
    example={"domain": "example.com", "path": "/page/1", "subject": "First subject", "beat": False},
)
SHOWN_VISIT = {
    "id": 1,
    "url": "http://localhost:8000/api/visits/1/",
    "creation_time": "2026-11-22T12:00:00Z",
    "domain": "example.com",
    "path": "/page/1",
    "subject": "First subject",
    "ip_address": "192.0.2.0",
    "user_agent": "Mozilla/5.0 …",
}
SEND_VISIT = _operation(
    "visit",
    "A visit of a page",
    "The site and the page are made when they are new. A visit by a bot is counted apart, and answered with 202. A "
    "page that is a blog's `url` is viewed by it too.",
    {"url": "http://localhost:8000/api/visits/1/"},
    201,
    request_body=VISIT,
)
LIST_VISITS = _operation(
    "visits",
    "Visits, the latest first",
    "As long as they are kept: seven days unless set otherwise.",
    _list([SHOWN_VISIT]),
    manual_parameters=[
        KEY,
        openapi.Parameter("limit", openapi.IN_QUERY, type="integer", minimum=0, maximum=100),
        openapi.Parameter("offset", openapi.IN_QUERY, type="integer", minimum=0),
    ],
)
SHOW_VISIT = _operation("visit-detail", "One visit", "", SHOWN_VISIT)
COLLECT = _operation(
    "collect",
    "What the tracker sends",
    "As `text/plain`, so that browsers need not ask first. Nothing is stored where `DNT: 1` or `Sec-GPC: 1` is sent.",
    {"stored": True},
    202,
    request_body=BEACON,
)
ROOT = _operation(
    "root",
    "Where the lists are",
    "With Basic authentication.",
    {name: f"http://localhost:8000/api/{name}/" for name in ("users", "domains", "visits", "pagediffs")},
    manual_parameters=[],
)
USERS = _operation(
    "users",
    "Users, for staff",
    "With Basic authentication.",
    _list([{"id": 1, "creation_time": "2026-11-22T12:00:00Z", "username": "ann", "is_staff": False}]),
    manual_parameters=[],
)
DOMAINS = _operation(
    "domains",
    "Domains",
    "Those that the key may read.",
    _list([{"id": 1, "creation_time": "2026-11-22T12:00:00Z", "name": "example.com"}]),
)
PAGES = _operation(
    "pages",
    "Pages with their visits in all",
    "Those that the key may read.",
    _list([{"id": 1, "domain": "example.com", "path": "/page/1", "subject": "First subject", "visitors": 200}]),
)
PAGE_DIFFS = _operation(
    "pagediffs",
    "What changed on a domain's pages from one snapshot to another",
    "Of pages that are in both. The largest change first (with `down`: the largest loss), then by path. Without times: "
    "the last two snapshots; with fewer than two: nothing.",
    _list([{"path": "/page/1", "subject": "First subject", "change": 200}]),
)
INCREASING = _operation(
    "increasingconcurrents",
    "Pages that gain visitors",
    "Of the 100 pages with most visitors now, those that gain; the largest change first, then by path. Pages that are "
    "new or gone are left out. Without key or host: 401; with an unknown key: 400.",
    [{"i": "/page/1", "change": 12}],
    manual_parameters=[KEY, HOST, MEASURE],
    tags=["concurrents"],
)
LINE = {"path": "/page/1", "title": "First subject", "visitors": 40, "change": 12}
CONCURRENTS = _operation(
    "concurrents",
    "A site now: visitors, their curve, pages, rising and falling",
    "With a key, or the token of a user. `visitors` are distinct. A site that is not known is empty.",
    {
        "host": "example.com",
        "at": "2026-11-22T12:00:05Z",
        "interval_seconds": 5,
        "visitors": 43,
        "series": [["2026-11-22T12:00:00Z", 31], ["2026-11-22T12:00:05Z", 43]],
        "pages": [{**LINE, "series": [28, 40]}],
        "rising": [LINE],
        "falling": [],
    },
    manual_parameters=[
        KEY,
        HOST,
        MEASURE,
        _number_parameter("minutes", 15, 1440, "of the curve"),
        _number_parameter("limit", 20, 100, "pages in each list"),
    ],
    tags=["concurrents"],
)
TOP_PAGES = _operation(
    "toppages",
    "Pages with most visitors now",
    "In the shape of Chartbeat's toppages.",
    [{"i": "First subject", "path": "/page/1", "visitors": 40}],
    manual_parameters=[KEY, HOST, _number_parameter("limit", 10, 100, "pages")],
    tags=["concurrents"],
)
TOP_PAGES_V3 = _operation(
    "toppages-v3",
    "The same in the shape of version 3",
    "",
    {"pages": [{"path": "/page/1", "title": "First subject", "stats": {"people": 40}}]},
    manual_parameters=[KEY, HOST, _number_parameter("limit", 10, 100, "pages")],
    tags=["concurrents"],
)
