"""The rules of events, by category and name."""

from typing import Any

from analytics.models import Rule


def everything() -> dict[tuple[str, str], Any]:
    """The JSON Schema of each kind that has a rule."""
    return {
        (category, name): schema for category, name, schema in Rule.objects.values_list("category", "name", "schema")
    }
