"""Statements of migrations that Django's models cannot express: triggers, functions, views, storage."""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

NOTHING = "SELECT 1"


class SchemaStatement(NamedTuple):
    create: str
    drop: str = NOTHING


Statements = Callable[[str], list[SchemaStatement]]
"""The statements for a dialect, "postgresql" or "sqlite", in the order in which they run."""


def run_statements(statements: Statements) -> RunPython:
    """Return an operation that creates these objects, and drops them in reverse order when the migration is undone."""

    def create(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in statements(editor.connection.vendor):
            editor.execute(statement.create, params=None)

    def drop(apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        for statement in reversed(statements(editor.connection.vendor)):
            editor.execute(statement.drop, params=None)

    return RunPython(create, drop, elidable=False)
