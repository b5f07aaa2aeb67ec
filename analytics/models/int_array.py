"""A field of integers: an array on PostgreSQL, JSON text on SQLite."""

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

if TYPE_CHECKING:
    Field = models.Field[Any, list[int]]
else:
    Field = models.Field


class IntArrayField(Field):
    """A list of 64-bit integers."""

    description = "64-bit integers"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        return "bigint[]" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: list[int] | str, expression: object, connection: BaseDatabaseWrapper) -> list[int]:
        found: list[int] = json.loads(value) if isinstance(value, str) else value
        return found

    def get_db_prep_value(
        self, value: Sequence[int], connection: BaseDatabaseWrapper, prepared: bool = False
    ) -> list[int] | str:
        return list(value) if connection.vendor == "postgresql" else json.dumps(list(value))
