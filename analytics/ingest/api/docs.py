"""What Swagger UI and ReDoc show for The Eye, with examples that can be tried."""

from drf_yasg import openapi

KEY = [
    openapi.Parameter(
        "X-API-Key", openapi.IN_HEADER, type="string", description="an application's key; also taken as `?apikey=`"
    )
]
EVENT = {
    "session_id": "e2085be5-9137-4e4e-80b5-f1ffddc25423",
    "category": "page interaction",
    "name": "pageview",
    "data": {"host": "www.example.com", "path": "/"},
    "timestamp": "2021-01-01T09:15:27.243860Z",
}
STORED = {"id": 1, **EVENT}
RECORD = {
    "id": 1,
    **{name: EVENT[name] for name in ("session_id", "category", "name", "timestamp")},
    "payload": EVENT,
    "field": "data.host",
    "reason": "7 is not of type 'string'",
    "application": "shop",
    "recorded_at": "2021-01-01T09:15:28Z",
}


def _schema(example: dict[str, object], required: tuple[str, ...] = ()) -> openapi.Schema:
    kinds = {str: "string", dict: "object", int: "integer"}
    properties = {name: openapi.Schema(type=kinds.get(type(value), "string")) for name, value in example.items()}
    return openapi.Schema(type="object", properties=properties, required=list(required), example=example)


def _response(text: str, example: object) -> openapi.Response:
    return openapi.Response(text, None, {"application/json": example})


SENT_EVENT = _schema({**EVENT, "event_id": "order-4711"}, ("session_id", "category", "name"))
UNAUTHORIZED = _response("No key or token, or a bad one", {"detail": "Invalid token", "status_code": 401})
BUSY = _response("Neither the database nor an inbox can take it now", {"detail": "…"})
REFUSED = _response(
    "A field is wrong: its name and why", {"session_id": ["This field is required."], "status_code": 400}
)


def _query_parameters(*fields: tuple[str, str, str]) -> list[openapi.Parameter]:
    return [openapi.Parameter(name, openapi.IN_QUERY, type=kind, description=why) for name, kind, why in fields]


FILTERS = _query_parameters(
    ("session_id", "string", "exactly this"),
    ("category", "string", "exactly this"),
    ("name", "string", "exactly this"),
    ("timestamp_after", "string", "ISO 8601, included; a date is its midnight"),
    ("timestamp_before", "string", "ISO 8601, included"),
    ("ordering", "string", "`timestamp`: oldest first"),
    ("page", "integer", "from 1"),
    ("page_size", "integer", "10, at most 1000"),
)
SEND = {
    "operation_id": "send-event",
    "tags": ["the eye"],
    "operation_summary": "Send an event, or a list of up to 1000",
    "operation_description": "One event is committed when it is answered. Of a list, events that are wrong do not keep "
    "out the others; the answer is {size, stored, duplicates, errors, ids}. The same event is stored once. With an "
    "`event_id` a retry is answered as the first time.",
    "request_body": SENT_EVENT,
    "manual_parameters": KEY,
    "security": [],
    "responses": {
        201: _response("Stored", STORED),
        200: _response("Of a list, or of a retry", {"size": 1, "stored": 1, "duplicates": 0, "errors": [], "ids": [1]}),
        400: REFUSED,
        401: UNAUTHORIZED,
        503: BUSY,
    },
}
LIST = {
    "operation_id": "events",
    "tags": ["the eye"],
    "operation_summary": "Events, newest first",
    "manual_parameters": FILTERS,
    "responses": {
        200: _response("A page", {"count": 1, "next": None, "previous": None, "results": [STORED]}),
        400: REFUSED,
        401: UNAUTHORIZED,
    },
}
DETAIL = {
    "operation_id": "event",
    "tags": ["the eye"],
    "operation_summary": "One event",
    "responses": {
        200: _response("The event", STORED),
        404: _response("None", {"detail": "Not found.", "status_code": 404}),
    },
}
ERRORS = {
    "operation_id": "event-errors",
    "tags": ["the eye"],
    "operation_summary": "Events that broke their rule or came from the future",
    "manual_parameters": FILTERS,
    "responses": {200: _response("A page", {"count": 1, "next": None, "previous": None, "results": [RECORD]})},
}
EYE = {
    "operation_id": "eye",
    "tags": ["the eye"],
    "operation_summary": "Send one event, in the other dialect",
    "request_body": SENT_EVENT,
    "manual_parameters": KEY,
    "security": [],
    "responses": {
        200: _response("Taken", "We got your data, thank you"),
        400: _response("Not taken", "Missing required info: name"),
        401: UNAUTHORIZED,
        503: BUSY,
    },
}
REPORT_ALL = {
    "operation_id": "report-all",
    "tags": ["the eye"],
    "operation_summary": "All events in the order of arrival",
    "manual_parameters": _query_parameters(
        ("limit", "integer", "at most so many"), ("after", "integer", "only after this id")
    ),
    "responses": {200: _response("Streamed", {"This are all the activities : ": [STORED]})},
}
REPORT = {
    "operation_id": "report",
    "tags": ["the eye"],
    "operation_summary": "Events of a session, a category, a name, a time, or several of these",
    "request_body": _schema({"category": "page interaction", "timestamp": ["2021-01-01", "2021-01-02"]}),
    "responses": {
        200: _response("Streamed", {"The report you requested - category of value page interaction : ": [STORED]}),
        400: _response("A field is unknown or wrong", {"colour": ["Unknown field."]}),
    },
}
COUNTS = {
    "operation_id": "counts",
    "tags": ["the eye"],
    "operation_summary": "How many events each session, category or name has",
    "operation_description": "Also spelled `/report/{by}/count` and `/count/{by}`.",
    "manual_parameters": [
        *_query_parameters(("limit", "integer", "the first so many (1000)")),
        openapi.Parameter("by", openapi.IN_PATH, type="string", enum=["session", "category", "name"]),
    ],
    "responses": {200: _response("Most first", {"This are counts by category": {"page interaction": 2}})},
}
VIEW = {
    "blog_id": 7,
    "url": "www.example.com/hello",
    "country_code": "DE",
    "viewer": "ada",
    "timestamp": "2021-01-01T09:15:27.243860Z",
    "view_id": "order-4711",
}
VIEWS = {
    "operation_id": "send-view",
    "tags": ["collecting"],
    "operation_summary": "Send a view of a blog, or a list of up to 1000",
    "operation_description": "Say either `blog_id` or `url`. The country is the one given, else that of the address, "
    "else unknown. With a `view_id` a view is stored once, however often it is sent. Bots are counted apart.",
    "request_body": _schema(VIEW),
    "manual_parameters": KEY,
    "security": [],
    "responses": {
        201: _response("One view, stored", {"result": "stored"}),
        200: _response(
            "Of a list: what became of each. Of one view: a duplicate, a bot's, or held in the inbox",
            {"size": 2, "stored": 1, "duplicates": 1, "bots": 0, "errors": [], "results": ["stored", "duplicate"]},
        ),
        400: _response("A field is wrong: its name and why", {"blog_id": ["There is no such blog."]}),
        401: UNAUTHORIZED,
        503: BUSY,
    },
}
