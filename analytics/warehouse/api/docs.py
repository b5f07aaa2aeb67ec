"""The documentation of each question in Swagger UI and ReDoc, with examples that can be tried."""

from drf_yasg import openapi

from analytics.warehouse.api.event_serializers import EventFilters
from analytics.warehouse.api.serializers import GroupedFilters, PerformanceFilters, TopFilters

FRESHNESS = """

Every answer comes from summaries only, and says how fresh it is in its headers: `X-Summaries-As-Of` (the last roll-up),
`X-Pending-Days` (days in the range whose facts changed since; 0: the answer equals a count over the facts now) and
`X-Distinct` (`exact`, or `approximate` with the standard error)."""


def _points(x: str, y: str, z: str, number: str) -> openapi.Schema:
    properties = {
        "x": openapi.Schema(type="string", description=x),
        "y": openapi.Schema(type="integer", description=y),
        "z": openapi.Schema(type=number, description=z),
    }
    return openapi.Schema(type="array", items=openapi.Schema(type="object", properties=properties))


def _answers(schema: openapi.Schema, example: list[dict[str, object]], refusal: dict[str, object]) -> dict[int, object]:
    headers = {
        "X-Summaries-As-Of": {"type": "string", "description": "time of the last roll-up in the answer"},
        "X-Pending-Days": {"type": "integer", "description": "days of the range that changed since"},
        "X-Distinct": {"type": "string", "description": "exact, or approximate with the standard error"},
    }
    return {
        200: openapi.Response("The points", schema, {"application/json": example}, headers=headers),
        400: openapi.Response("A field is wrong: its name and why", None, {"application/json": refusal}),
        401: openapi.Response("No token, or a bad one", None, {"application/json": {"detail": "…", "code": "…"}}),
        503: openapi.Response("The database cannot answer", None, {"application/json": {"detail": "…"}}),
    }


def _kind(name: str, choices: list[str]) -> openapi.Parameter:
    return openapi.Parameter(name, openapi.IN_PATH, type="string", enum=choices, description="what a row stands for")


GROUPED = {
    "operation_id": "grouped",
    "tags": ["analytics"],
    "operation_summary": "Views and distinct blogs by country or author",
    "operation_description": "Most views first. An empty body asks about all time." + FRESHNESS,
    "request_body": GroupedFilters,
    "manual_parameters": [_kind("object_type", ["country", "user"])],
    "responses": _answers(
        _points("country code or `Unknown`, or the author's username", "distinct blogs viewed", "views", "integer"),
        [{"x": "US", "y": 37, "z": 2841}, {"x": "Unknown", "y": 12, "z": 310}],
        {"country_codes": ["Cannot be an empty list. Omit the field or provide at least one country code."]},
    ),
}
TOP = {
    "operation_id": "top",
    "tags": ["analytics"],
    "operation_summary": "The most viewed blogs, authors or countries",
    "operation_description": "Most views first, at most `limit`." + FRESHNESS,
    "request_body": TopFilters,
    "manual_parameters": [_kind("top_type", ["blog", "user", "country"])],
    "responses": _answers(
        _points(
            "title, username or country code", "views", "distinct countries (of a blog), else distinct blogs", "integer"
        ),
        [{"x": "How we moved to PostgreSQL", "y": 911, "z": 44}],
        {"limit": ["Ensure this value is less than or equal to 1000."]},
    ),
}
PERFORMANCE = {
    "operation_id": "performance",
    "tags": ["analytics"],
    "operation_summary": "Views over time, with growth",
    "operation_description": "In order of time; growth is against the row before." + FRESHNESS,
    "request_body": PerformanceFilters,
    "responses": _answers(
        _points("first day of the period, and its distinct blogs", "views", "growth in percent", "number"),
        [{"x": "2024-01-01 (40 blogs)", "y": 1204, "z": 0.0}, {"x": "2024-02-01 (43 blogs)", "y": 1505, "z": 25.0}],
        {"compare": ['"hour" is not a valid choice.']},
    ),
}
EVENTS = {
    "operation_id": "count-events",
    "tags": ["analytics"],
    "operation_summary": "Events and distinct sessions, by category, name, session or period",
    "operation_description": "Most events first; periods in order of time, with growth against the row before. Beside "
    "the events of a session stand their different kinds: pairs of category and name." + FRESHNESS,
    "request_body": EventFilters,
    "responses": _answers(
        _points(
            "category, name or session id; of a period its first day, and its distinct sessions",
            "distinct sessions; of a session, distinct kinds; of a period, events",
            "events; of a period, growth in percent",
            "number",
        ),
        [{"x": "media", "y": 412, "z": 2841}, {"x": "cta", "y": 298, "z": 733}],
        {"group_by": ["This field is required."]},
    ),
}
