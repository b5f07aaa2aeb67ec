"""What Swagger UI and ReDoc show of the events, of blog views and of visits, with examples that can be tried."""

from typing import Any

from analytics.http.operations import (
    BEARER,
    INVALID,
    KEY,
    WITH_BODY,
    Description,
    Schema,
    array,
    body,
    integer,
    invalid,
    list_of,
    mapping,
    moment,
    named_object,
    nullable,
    one_of,
    one_or_list,
    path_parameter,
    query,
    refusals,
    response,
    text,
)
from analytics.http.pagination import PageParams
from analytics.models.site import MAX_PATH, MAX_SUBJECT
from analytics.sources.messages import visit_origin
from analytics.sources.messages.blog_views import MAX_BLOG_ID, MAX_USERNAME
from analytics.sources.messages.events import MAX_TEXT
from analytics.sources.url_spelling import MAX_HOST

MAX_LIST = 1000
EVENT_EXAMPLE: dict[str, Any] = {
    "session_id": "e2085be5-9137-4e4e-80b5-f1ffddc25423",
    "category": "page interaction",
    "name": "pageview",
    "data": {"host": "www.example.com", "path": "/"},
    "timestamp": "2021-01-01T09:15:27.243860Z",
}
STORED_EXAMPLE = {"id": 1, **EVENT_EXAMPLE}
RECORD_EXAMPLE = {
    "id": 1,
    **{name: EVENT_EXAMPLE[name] for name in ("session_id", "category", "name", "timestamp")},
    "payload": EVENT_EXAMPLE,
    "field": "data.host",
    "reason": "7 is not of type 'string'",
    "application": "shop",
    "recorded_at": "2021-01-01T09:15:28Z",
}
ANY: Schema = {}
COUNT = {"type": "integer", "minimum": 0}

NEW_EVENT = named_object(
    "NewEvent",
    {
        "session_id": text(minLength=1, maxLength=MAX_TEXT),
        "category": text(minLength=1, maxLength=MAX_TEXT),
        "name": text(minLength=1, maxLength=MAX_TEXT),
        "data": {"type": "object", "description": "anything, unless the kind of event has a rule"},
        "timestamp": moment("now unless given"),
        "event_id": text("with it, a retry is answered as the first time"),
    },
    optional=("data", "timestamp", "event_id"),
    example={**EVENT_EXAMPLE, "event_id": "order-4711"},
)
EVENT = named_object(
    "Event",
    {
        "id": integer(),
        "session_id": text(),
        "category": text(),
        "name": text(),
        "data": {"type": "object"},
        "timestamp": moment(),
    },
)
ERROR_RECORD = named_object(
    "ErrorRecord",
    {
        "id": integer(),
        "session_id": text(),
        "category": text(),
        "name": text(),
        "timestamp": moment(),
        "payload": {"description": "what was sent"},
        "field": text("the wrong field"),
        "reason": text("why it is wrong"),
        "application": nullable(text("the name of the sender")),
        "recorded_at": moment(),
    },
)
LIST_ERROR = named_object(
    "ListError",
    {"index": integer("the place in the list that was sent, from 0")},
    description="The name of each wrong field, and why it is wrong.",
    additionalProperties=array(text()),
)
EVENT_RESULTS = named_object(
    "EventResults",
    {
        "size": integer("how many were sent"),
        "stored": COUNT,
        "duplicates": COUNT,
        "errors": array(LIST_ERROR),
        "ids": array(integer(), description="of the events, in order"),
        "held": {"type": "boolean", "description": "they are in the inbox: their ids are not known yet"},
    },
    optional=("held",),
)
EVENTS_BY_TITLE = mapping(array(EVENT))


def _operation(operation_id: str, summary: str, **more: Any) -> Description:
    return {"operation_id": operation_id, "operation_summary": summary, "tags": ["the eye"], **more}


def _sending(example: dict[str, Any], ok: dict[int, Any]) -> Description:
    """Return what the operations that take data have in common."""
    return {"security": [KEY], "responses": {**ok, 400: invalid(example), **refusals(401, 403, *WITH_BODY)}}


def _reading(example: dict[str, Any], ok: Any, *more: int) -> Description:
    refused = refusals(401, 403, *more, 503)
    return {"security": [BEARER, KEY], "responses": {200: ok, 400: invalid(example), **refused}}


REQUIRED = {"session_id": ["This field is required."], "status_code": 400}
FILTERS = [
    query("session_id", "string", "exactly this"),
    query("category", "string", "exactly this"),
    query("name", "string", "exactly this"),
    query("timestamp_after", "string", "ISO 8601, included; a date is its midnight"),
    query("timestamp_before", "string", "ISO 8601, included"),
    query("ordering", "string", "`timestamp`: oldest first", enum=["timestamp", "-timestamp"]),
    query("page", "integer", "from 1", minimum=1),
    query("page_size", "integer", "10 unless given", minimum=1, maximum=1000),
]
WRONG_PAGE = {"page_size": ["Must be a whole number from 1 to 1000."], "status_code": 400}
SEND = _operation(
    "send_event",
    "Send an event, or a list of up to 1000",
    operation_description="One event is committed when it is answered. Of a list, events that are wrong do not keep "
    "out the others. The same event is stored once. With an `event_id` a retry is answered as the first time.",
    request_body=body(one_or_list(NEW_EVENT, MAX_LIST)),
    **_sending(
        REQUIRED,
        {
            201: response("Stored", EVENT, STORED_EXAMPLE),
            200: response(
                "Of a list: what became of it. Of a retry: the event",
                one_of(EVENT, EVENT_RESULTS),
                {"size": 1, "stored": 1, "duplicates": 0, "errors": [], "ids": [1]},
            ),
        },
    ),
)
LIST = _operation(
    "list_events",
    "Events, newest first",
    manual_parameters=FILTERS,
    **_reading(
        WRONG_PAGE,
        response(
            "A page",
            list_of("EventList", EVENT),
            {"count": 1, "next": None, "previous": None, "results": [STORED_EXAMPLE]},
        ),
        404,
    ),
)
DETAIL = _operation(
    "show_event",
    "One event",
    manual_parameters=[path_parameter("id", "integer", "of the event")],
    **_reading(
        {"colour": ["Unknown query parameter. Known are: none."]}, response("The event", EVENT, STORED_EXAMPLE), 404
    ),
)
ERRORS = _operation(
    "list_event_errors",
    "Events that broke their rule or came from the future",
    manual_parameters=FILTERS,
    **_reading(
        WRONG_PAGE,
        response(
            "A page",
            list_of("ErrorRecordList", ERROR_RECORD),
            {"count": 1, "next": None, "previous": None, "results": [RECORD_EXAMPLE]},
        ),
        404,
    ),
)
_EYE = _sending(REQUIRED, {200: response("Taken", text(), "We got your data, thank you")})
EYE = _operation(
    "send_to_eye",
    "Send one event, in the other dialect",
    request_body=body(NEW_EVENT),
    security=_EYE["security"],
    responses={
        **_EYE["responses"],
        400: response("Not taken", one_of(text(), INVALID), "Missing required info: name"),
    },
)
REPORT_ALL = _operation(
    "report_all",
    "All events in the order of arrival",
    manual_parameters=[
        query("limit", "integer", "at most so many", minimum=1),
        query("after", "integer", "only after this id", minimum=0),
    ],
    **_reading(
        {"limit": ["Must be a whole number from 1 to 4611686018427387904."]},
        response("The events", EVENTS_BY_TITLE, {"This are all the activities : ": [STORED_EXAMPLE]}),
    ),
)
REPORT_QUERY = named_object(
    "ReportQuery",
    {
        "session_id": text(),
        "category": text(),
        "name": text(),
        "timestamp": array(text(), minItems=2, maxItems=2, description="start and end, both included"),
    },
    optional=("session_id", "category", "name", "timestamp"),
    minProperties=1,
    additionalProperties=False,
    example={"category": "page interaction", "timestamp": ["2021-01-01", "2021-01-02"]},
)
_REPORT = _reading(
    {"colour": ["Unknown field."]},
    response(
        "The events, under a title that repeats the question",
        EVENTS_BY_TITLE,
        {"The report you requested - category of value page interaction : ": [STORED_EXAMPLE]},
    ),
    *WITH_BODY,
)
REPORT = _operation(
    "report",
    "Events of a session, a category, a name, a time, or several of these",
    request_body=body(REPORT_QUERY),
    **_REPORT,
)
COUNTS = _operation(
    "count_events_by",
    "How many events each session, category or name has",
    operation_description="Also spelled `/report/{by}/count` and `/count/{by}`.",
    manual_parameters=[
        query("limit", "integer", "the first so many", minimum=1, maximum=100_000, default=1000),
        path_parameter("by", "string", "what is counted", enum=["session", "category", "name"]),
    ],
    **_reading(
        {"limit": ["Must be a whole number from 1 to 100000."]},
        response("Most first", mapping(mapping(COUNT)), {"This are counts by category": {"page interaction": 2}}),
        404,
    ),
)

ORIGIN_TEXTS = {
    "referrer": "the URL of the page before",
    "utm_source": "who sent the reader; that in the query of `url` unless given",
    "utm_medium": "the same: by what kind of link",
    "utm_campaign": "the same: for what",
    "language": "a tag or an Accept-Language header; that of the request, if a reader sends it, unless given",
    "user_agent": "the reader's; that of the request, if a reader sends it, unless given",
    "visitor": "your id of the reader; without it, `viewer`, or a hash of address and user agent that changes daily",
}
NEW_VIEW = named_object(
    "NewBlogView",
    {
        "blog_id": integer(minimum=1, maximum=MAX_BLOG_ID),
        "url": text("of the blog, or its host and path"),
        "country_code": text("ISO 3166-1 alpha-2; that of the address unless given"),
        "viewer": text("a username", minLength=1, maxLength=MAX_USERNAME),
        "timestamp": moment("now unless given"),
        "view_id": text("with it, a view is stored once", minLength=1, maxLength=MAX_USERNAME * 10),
        **{name: text(ORIGIN_TEXTS[name], maxLength=longest) for name, longest in visit_origin.VIEW_LENGTHS.items()},
    },
    optional=("blog_id", "url", "country_code", "viewer", "timestamp", "view_id", *visit_origin.FIELDS),
    additionalProperties=False,
    description="Either `blog_id` or `url` is required.",
    example={
        "url": "www.example.com/hello",
        "country_code": "DE",
        "viewer": "ada",
        "timestamp": "2021-01-01T09:15:27.243860Z",
        "view_id": "order-4711",
        "referrer": "https://news.ycombinator.com/item?id=1",
        "utm_campaign": "spring-sale",
    },
)
VIEW_RESULT = named_object("BlogViewResult", {"result": text(enum=["stored", "duplicate", "held", "bot"])})
VIEW_RESULTS = named_object(
    "BlogViewResults",
    {
        "size": integer("how many were sent"),
        "stored": COUNT,
        "duplicates": COUNT,
        "bots": COUNT,
        "errors": array(LIST_ERROR),
        "results": array(text(enum=["stored", "duplicate", "held", "bot", "error"]), description="in order"),
    },
)
VIEWS = {
    **_operation(
        "send_view",
        "Send a view of a blog, or a list of up to 1000",
        operation_description="Say either `blog_id` or `url`. The country is the one given, else that of the address, "
        "else unknown. With a `view_id` a view is stored once, however often it is sent. Bots are counted apart.",
        request_body=body(one_or_list(NEW_VIEW, MAX_LIST)),
        **_sending(
            {"blog_id": ["There is no such blog."]},
            {
                201: response("One view, stored", VIEW_RESULT, {"result": "stored"}),
                200: response(
                    "Of a list: what became of each. Of one view: a duplicate, a bot's, or held in the inbox",
                    one_of(VIEW_RESULT, VIEW_RESULTS),
                    {
                        "size": 2,
                        "stored": 1,
                        "duplicates": 1,
                        "bots": 0,
                        "errors": [],
                        "results": ["stored", "duplicate"],
                    },
                ),
            },
        ),
    ),
    "tags": ["collecting"],
}

VISIT_FIELDS = {
    "domain": text("the host", minLength=1, maxLength=MAX_HOST),
    "path": text("the page: begins with a slash, or is a whole URL", minLength=1, maxLength=MAX_PATH),
    "subject": text("its title", maxLength=MAX_SUBJECT),
    "visitor": text(
        "your id of the visitor; without it, a hash of address and user agent that changes daily", maxLength=200
    ),
    **{name: text(ORIGIN_TEXTS[name], maxLength=longest) for name, longest in visit_origin.MAX_LENGTHS.items()},
}
NEW_VISIT = named_object(
    "NewVisit",
    {**VISIT_FIELDS, "subject": text("its title", minLength=1, maxLength=MAX_SUBJECT)},
    optional=("visitor", *visit_origin.MAX_LENGTHS),
    example={"domain": "example.com", "path": "/page/1", "subject": "First subject"},
)
BEACON = named_object(
    "Beacon",
    {**VISIT_FIELDS, "beat": {"type": "boolean", "description": "still there: no new visit"}},
    optional=("subject", "visitor", "beat", *visit_origin.MAX_LENGTHS),
    example={"domain": "example.com", "path": "/page/1", "subject": "First subject", "beat": False},
)
VISIT = named_object(
    "Visit",
    {
        "id": integer(),
        "url": text("of this visit"),
        "creation_time": moment(),
        "domain": text(),
        "path": text(),
        "subject": text(),
        "ip_address": nullable(text("as far as addresses are kept")),
        "user_agent": text(),
    },
)
VISIT_EXAMPLE = {
    "id": 1,
    "url": "http://localhost:8000/api/visits/1/",
    "creation_time": "2026-11-22T12:00:00Z",
    "domain": "example.com",
    "path": "/page/1",
    "subject": "First subject",
    "ip_address": "192.0.2.0",
    "user_agent": "Mozilla/5.0 …",
}
WRONG_DOMAIN = {"domain": ["Must be a host name, as in example.com."]}


def _visits(operation_id: str, summary: str, description: str, **more: Any) -> Description:
    return {
        "operation_id": operation_id,
        "operation_summary": summary,
        "operation_description": description,
        "tags": ["pages"],
        **more,
    }


def _reading_visits(example: dict[str, Any], ok: Any, *more: int) -> Description:
    return {"security": [KEY], "responses": {200: ok, 400: invalid(example), **refusals(401, 403, *more, 503)}}


SEND_VISIT = _visits(
    "send_visit",
    "A visit of a page",
    "The site and the page are made when they are new. A visit by a bot is counted apart, and answered with 202. A "
    "page that is a blog's `url` is viewed by it too.",
    request_body=body(NEW_VISIT),
    **_sending(
        WRONG_DOMAIN,
        {
            201: response(
                "Stored",
                named_object("VisitLink", {"url": text("of the visit")}),
                {"url": "http://localhost:8000/api/visits/1/"},
                Location=text("of the visit"),
            ),
            202: response(
                "A bot's visit, counted apart",
                named_object("Notice", {"detail": text()}),
                {"detail": "Counted as a visit by a bot."},
            ),
        },
    ),
)
LIST_VISITS = _visits(
    "list_visits",
    "Visits, the latest first",
    "As long as they are kept: seven days unless set otherwise.",
    query_serializer=PageParams,
    **_reading_visits(
        {"limit": ["A valid integer is required."]},
        response(
            "A slice",
            list_of("VisitList", VISIT),
            {"count": 1, "next": None, "previous": None, "results": [VISIT_EXAMPLE]},
        ),
    ),
)
SHOW_VISIT = _visits(
    "show_visit",
    "One visit",
    "",
    manual_parameters=[path_parameter("id", "integer", "of the visit")],
    **_reading_visits(
        {"colour": ["Unknown query parameter. Known are: none."]}, response("The visit", VISIT, VISIT_EXAMPLE), 404
    ),
)
COLLECT = _visits(
    "collect",
    "What the tracker sends",
    "As `text/plain`, so that browsers need not ask first. Nothing is stored where `DNT: 1` or `Sec-GPC: 1` is sent.",
    request_body=body(BEACON),
    **_sending(
        WRONG_DOMAIN,
        {202: response("Taken", named_object("Collected", {"stored": {"type": "boolean"}}), {"stored": True})},
    ),
)
