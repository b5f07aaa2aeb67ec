"""What Swagger UI and ReDoc show of the live pages."""

from typing import Any

from drf_yasg import openapi

from analytics.http.operations import (
    BASIC,
    BEARER,
    KEY,
    Description,
    Schema,
    array,
    integer,
    invalid,
    list_of,
    moment,
    named_object,
    nullable,
    query,
    refusals,
    response,
    text,
)

HOST = query("host", "string", "the site", required=True)
MEASURE = query(
    "measure",
    "string",
    "difference: visitors now less those one snapshot ago. smoothed: the mean of five snapshots less that "
    "of the five before. relative: standard deviations above what is usual for the page at this hour of the day; "
    "below 2 it is noise and left out.",
    enum=["difference", "smoothed", "relative"],
    default="difference",
)
NUMBER = {"type": "number"}
TIME = "2026-11-22T12:00:00Z"


def _number_parameter(name: str, default: int, maximum: int, what: str) -> openapi.Parameter:
    return query(name, "integer", what, default=default, minimum=1, maximum=maximum)


def _operation(id: str, summary: str, answer: tuple[Schema, Any], **more: Any) -> Description:
    """Return the description of an operation; `answer` is the schema and an example of its answer."""
    schema, example = answer
    return {
        "operation_id": id,
        "operation_summary": summary,
        "security": [KEY],
        "responses": {
            200: response("As in the example", schema, example),
            400: invalid({"colour": ["Unknown query parameter. Known are: limit, offset."]}),
            **refusals(401, 403, 503),
        },
        "tags": ["pages"],
        **more,
    }


def _list(name: str, item: Schema, example: dict[str, Any]) -> tuple[Schema, Any]:
    return list_of(name, item), {"count": 1, "next": None, "previous": None, "results": [example]}


LISTS = ("users", "domains", "visits", "pagediffs")
ROOT = _operation(
    "root",
    "Where the lists are",
    (
        named_object("Lists", {name: text() for name in LISTS}),
        {name: f"http://localhost:8000/api/{name}/" for name in LISTS},
    ),
    security=[BASIC],
)
USERS = _operation(
    "list_users",
    "Users, for staff",
    _list(
        "UserList",
        named_object(
            "User",
            {"id": integer(), "creation_time": moment(), "username": text(), "is_staff": {"type": "boolean"}},
        ),
        {"id": 1, "creation_time": TIME, "username": "ann", "is_staff": False},
    ),
    security=[BASIC],
)
DOMAINS = _operation(
    "list_domains",
    "Domains",
    _list(
        "DomainList",
        named_object("Domain", {"id": integer(), "creation_time": moment(), "name": text("the host")}),
        {"id": 1, "creation_time": TIME, "name": "example.com"},
    ),
    operation_description="Those that the key may read.",
    security=[KEY, BEARER],
)
PAGES = _operation(
    "list_pages",
    "Pages with their visits in all",
    _list(
        "PageList",
        named_object(
            "Page",
            {
                "id": integer(),
                "domain": text(),
                "path": text(),
                "subject": text("its title"),
                "visitors": integer("visits in all"),
            },
        ),
        {"id": 1, "domain": "example.com", "path": "/page/1", "subject": "First subject", "visitors": 200},
    ),
    operation_description="Those that the key may read.",
    security=[KEY, BEARER],
)
PAGE_DIFFS = _operation(
    "list_page_diffs",
    "What changed on a domain's pages from one snapshot to another",
    _list(
        "PageDiffList",
        named_object("PageDiff", {"path": text(), "subject": text(), "change": integer("of the visitors")}),
        {"path": "/page/1", "subject": "First subject", "change": 200},
    ),
    operation_description="Of pages that are in both. The largest change first, whatever its sign, then "
    "by path. Without times: the last two snapshots; with fewer than two: nothing.",
    security=[KEY, BEARER],
)
INCREASING = _operation(
    "increasing_concurrents",
    "Pages that gain visitors",
    (
        array(named_object("IncreasingPage", {"i": text("its path"), "change": NUMBER})),
        [{"i": "/page/1", "change": 12}],
    ),
    operation_description="Of the 100 pages with most visitors now, those that gain; the largest change first, then "
    "by path. Pages that are new or gone are left out. Without key or host: 401; with an unknown key: 400.",
    manual_parameters=[HOST, MEASURE],
    tags=["concurrents"],
)
LINE = {"path": "/page/1", "title": "First subject", "visitors": 40, "change": 12, "usual": None}
LINE_FIELDS = {
    "path": text(),
    "title": text(),
    "visitors": integer(),
    "change": NUMBER,
    "usual": nullable({**NUMBER, "description": "visitors at this hour, by the measure `relative`; null if unknown"}),
}
REFERRER = named_object("PageReferrer", {"referrer": text("the host of the page before"), "visitors": integer()})
RANKED_PAGE = named_object("RankedPage", LINE_FIELDS)
CONCURRENTS = _operation(
    "show_concurrents",
    "A site now: visitors, their curve, pages, rising and falling",
    (
        named_object(
            "LiveSite",
            {
                "host": text(),
                "at": nullable(moment("of the snapshot; null if there is none")),
                "interval_seconds": NUMBER,
                "visitors": integer("distinct, on the whole site"),
                "series": array(array({}), description="pairs of a time and the visitors then"),
                "pages": array(
                    named_object(
                        "LivePage",
                        {
                            **LINE_FIELDS,
                            "series": array(integer()),
                            "referrers": array(REFERRER, description="of the visitors now, as far as known"),
                        },
                    )
                ),
                "rising": array(RANKED_PAGE),
                "falling": array(RANKED_PAGE),
            },
        ),
        {
            "host": "example.com",
            "at": "2026-11-22T12:00:05Z",
            "interval_seconds": 5,
            "visitors": 43,
            "series": [[TIME, 31], ["2026-11-22T12:00:05Z", 43]],
            "pages": [{**LINE, "series": [28, 40], "referrers": [{"referrer": "google.com", "visitors": 9}]}],
            "rising": [LINE],
            "falling": [],
        },
    ),
    operation_description="With a key, or the token of a user. `visitors` are distinct. A site that is not known is "
    "empty.",
    manual_parameters=[
        HOST,
        MEASURE,
        _number_parameter("minutes", 15, 1440, "of the curve"),
        _number_parameter("limit", 20, 100, "pages in each list"),
    ],
    security=[KEY, BEARER],
    tags=["concurrents"],
)
TOP_PAGES = _operation(
    "list_top_pages",
    "Pages with most visitors now",
    (
        array(named_object("TopPage", {"i": text("its title"), "path": text(), "visitors": integer()})),
        [{"i": "First subject", "path": "/page/1", "visitors": 40}],
    ),
    operation_description="In the shape of Chartbeat's toppages. The key may also be in Chartbeat's header X-CB-AK. A "
    "limit of more than 100 counts as 100.",
    manual_parameters=[HOST, _number_parameter("limit", 10, 100, "pages")],
    tags=["concurrents"],
)
TOP_PAGES_V3 = _operation(
    "list_top_pages_v3",
    "The same in the shape of version 3, where a path begins with the host",
    (
        named_object(
            "TopPagesV3",
            {
                "pages": array(
                    named_object(
                        "TopPageV3",
                        {"path": text(), "title": text(), "stats": named_object("TopPageStats", {"people": integer()})},
                    )
                )
            },
        ),
        {"pages": [{"path": "example.com/page/1", "title": "First subject", "stats": {"people": 40}}]},
    ),
    manual_parameters=[HOST, _number_parameter("limit", 10, 100, "pages")],
    tags=["concurrents"],
)
