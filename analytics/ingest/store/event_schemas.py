"""Read the rules that events must follow, by category and name."""

from typing import Any

from analytics.models import EventSchema


def all_schemas() -> dict[tuple[str, str], Any]:
    """Return the JSON Schema of each kind that has a rule; a kind is a pair of category and name."""
    return {
        (category, name): schema
        for category, name, schema in EventSchema.objects.values_list("category", "name", "schema")
    }
