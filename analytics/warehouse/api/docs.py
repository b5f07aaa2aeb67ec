"""The documentation of each question in Swagger UI and ReDoc, with examples that can be tried."""

from collections.abc import Sequence
from typing import Any

from analytics.http.operations import (
    BEARER,
    KEY,
    WITH_BODY,
    Description,
    Schema,
    array,
    integer,
    invalid,
    named_object,
    nullable,
    path_parameter,
    refusals,
    response,
    text,
)
from analytics.warehouse.api.event_serializers import EventFilters
from analytics.warehouse.api.serializers import GROUPED as GROUPED_BY
from analytics.warehouse.api.serializers import TOP as TOP_OF
from analytics.warehouse.api.serializers import GroupedFilters, PerformanceFilters, TopFilters

FRESHNESS = """

Every answer comes from summaries only, and says how fresh it is in its headers: `X-Summaries-As-Of` (the last roll-up),
`X-Pending-Days` (days in the range whose facts changed since; 0: the answer equals a count over the facts now),
`X-Distinct` (`exact`, or `approximate` with the standard error) and `X-Time-Zone` (the zone whose days are counted)."""

NOT_HELD_EXAMPLE = {
    "detail": "No roll-up holds device and browser together. Declare device+browser in IDEEZA_ROLLUPS.",
    "reason": "No roll-up holds device and browser together.",
    "remedy": "Declare device+browser in IDEEZA_ROLLUPS.",
    "declare": "device+browser",
}
NOT_HELD = response(
    "The summaries do not hold the answer",
    named_object(
        "NotHeld",
        {
            "detail": text("why, and what would make the question answerable"),
            "reason": text(),
            "remedy": text(),
            "declare": nullable(text("the roll-up or zone to declare")),
        },
    ),
    NOT_HELD_EXAMPLE,
)


def _point(name: str, x: str, y: str, z: Schema) -> Schema:
    return named_object(name, {"x": text(x), "y": integer(y), "z": z})


def _number(what: str) -> Schema:
    return {"type": "number", "description": what}


def _question(
    operation_id: str, point: Schema, *, examples: tuple[list[dict[str, Any]], dict[str, Any]], **more: Any
) -> Description:
    """Return the description of a question whose answer is a list of such points. The examples are an answer and a
    refusal."""
    answer, refusal = examples
    ok = response(
        "The points",
        array(point),
        answer,
        X_Summaries_As_Of=text("time of the last roll-up in the answer, or never"),
        X_Pending_Days=integer("days of the range that changed since"),
        X_Distinct=text("exact, or approximate with the standard error"),
        X_Time_Zone=text("the zone whose days are counted"),
    )
    return {
        "operation_id": operation_id,
        "tags": ["analytics"],
        "security": [BEARER, KEY],
        "responses": {200: ok, 400: invalid(refusal), 422: NOT_HELD, **refusals(401, *WITH_BODY)},
        **more,
    }


def _kind(name: str, choices: Sequence[str]) -> list[Any]:
    return [path_parameter(name, "string", "what a row stands for", enum=list(choices))]


GROUPED = _question(
    "grouped",
    _point(
        "GroupedPoint",
        "country code or `Unknown`, or the author's username",
        "distinct blogs viewed",
        integer("views"),
    ),
    operation_summary="Views and distinct blogs by country or author",
    operation_description="Most views first. An empty object asks about all time." + FRESHNESS,
    request_body=GroupedFilters,
    manual_parameters=_kind("object_type", list(GROUPED_BY)),
    examples=(
        [{"x": "US", "y": 37, "z": 2841}, {"x": "Unknown", "y": 12, "z": 310}],
        {"country_codes": ["Cannot be an empty list. Omit the field or provide at least one country code."]},
    ),
)
TOP = _question(
    "top",
    _point(
        "TopPoint",
        "title, username or country code",
        "views",
        integer("distinct countries (of a blog), else distinct blogs"),
    ),
    operation_summary="The most viewed blogs, authors or countries",
    operation_description="Most views first, at most `limit`." + FRESHNESS,
    request_body=TopFilters,
    manual_parameters=_kind("top_type", list(TOP_OF)),
    examples=(
        [{"x": "How we moved to PostgreSQL", "y": 911, "z": 44}],
        {"limit": ["Ensure this value is less than or equal to 1000."]},
    ),
)
PERFORMANCE = _question(
    "performance",
    _point(
        "PerformancePoint", "first day of the period, and its distinct blogs", "views", _number("growth in percent")
    ),
    operation_summary="Views over time, with growth",
    operation_description="In order of time; growth is against the row before." + FRESHNESS,
    request_body=PerformanceFilters,
    examples=(
        [{"x": "2024-01-01 (40 blogs)", "y": 1204, "z": 0.0}, {"x": "2024-02-01 (43 blogs)", "y": 1505, "z": 25.0}],
        {"compare": ['"hour" is not a valid choice.']},
    ),
)
EVENTS = _question(
    "count_events",
    _point(
        "EventsPoint",
        "category, name or session id; of a period its first day, and its distinct sessions",
        "distinct sessions; of a session, distinct kinds; of a period, events",
        _number("events; of a period, growth in percent"),
    ),
    operation_summary="Events and distinct sessions, by category, name, session or period",
    operation_description="Most events first; periods in order of time, with growth against the row before. Beside "
    "the events of a session stand their different kinds: pairs of category and name." + FRESHNESS,
    request_body=EventFilters,
    examples=(
        [{"x": "media", "y": 412, "z": 2841}, {"x": "cta", "y": 298, "z": 733}],
        {"group_by": ["This field is required."]},
    ),
)
EVENTS["responses"] |= refusals(403)  # to readers of some sites: events belong to none
