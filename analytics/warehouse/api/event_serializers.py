"""Parse the JSON of a question about events into a `Query`."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from rest_framework import serializers

from analytics.http.fields import Integer, TextList
from analytics.warehouse.api.serializers import DEFAULT_LIMIT, GRAINS, Dates, closed
from tally.query import By, Query
from tally.where import EVERYTHING, And, Field, In, Where

GROUPS = {"category": By.CATEGORY, "name": By.NAME, "session": By.SESSION, "period": By.PERIOD}


class EventFilters(Dates[None]):
    """A question about events. `group_by` is part of the body."""

    class Meta:
        swagger_schema_fields = closed({"group_by": "category", "range": "month", "name": ["click", "pageview"]})

    group_by = serializers.ChoiceField(list(GROUPS), help_text="what a row stands for")
    category = TextList("category", required=False, help_text="any of these")
    name = TextList("name", required=False, help_text="any of these")
    limit = Integer(
        required=False,
        min_value=1,
        max_value=1000,
        help_text=f"not of periods; of sessions {DEFAULT_LIMIT} unless given",
    )
    compare = serializers.ChoiceField(
        list(GRAINS), required=False, help_text="the period; chosen by the span of the matching events unless given"
    )
    gaps = serializers.ChoiceField(["omit", "fill"], required=False, help_text="fill: empty periods are rows of zeros")

    def validate(self, given: dict[str, Any]) -> dict[str, Any]:
        given = super().validate(given)
        misplaced = ["limit"] if given["group_by"] == "period" else ["compare", "gaps"]
        refused = f"Means nothing with group_by {given['group_by']}."
        if wrong := {field: [refused] for field in misplaced if field in given}:
            raise serializers.ValidationError(wrong)
        return given

    def where(self, given: Mapping[str, Any]) -> Where:
        fields = {"category": Field.CATEGORY, "name": Field.NAME}
        named = [(fields[key], tuple(values)) for key, values in given.items() if key in fields]
        return And(tuple(In(*each) for each in named)) if named else EVERYTHING

    def query(self, given: Mapping[str, Any], _: None, today: date) -> Query:
        by = GROUPS[given["group_by"]]
        return Query(
            by,
            self.span(given, today),
            self.where(given),
            limit=given.get("limit", DEFAULT_LIMIT if by is By.SESSION else None),
            grain=GRAINS[given["compare"]] if "compare" in given else None,
            fill=given.get("gaps") == "fill",
        )
