"""Statements of migrations that Django's models cannot express: triggers, functions, views, storage."""

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations import RunPython

NOTHING = "SELECT 1"
OUR_TABLES = re.compile(r"\b(analytics_\w+)")


class SchemaStatement(NamedTuple):
    create: str
    drop: str = NOTHING


def postgres_trigger(name: str, table: str, events: str, action: str) -> SchemaStatement:
    """Return the statements of a trigger that also fires while `session_replication_role` is `replica`: tools that load
    data set it to skip triggers, and the days they change would otherwise not be marked."""
    return SchemaStatement(
        f"CREATE TRIGGER {name} AFTER {events} ON {table} {action}; ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name}",
        f"DROP TRIGGER IF EXISTS {name} ON {table}",
    )


def postgres_trigger_function(name: str, body: str, declarations: str = "") -> SchemaStatement:
    """Return the statements of a trigger function whose tables are named with the schema of its creation, because
    pg_restore empties the search path. (A SET clause of the function does the same and costs a single insert 3 % more.)
    """
    named = OUR_TABLES.sub(r"{schema}.\1", body)
    return SchemaStatement(
        f"""DO $do$ BEGIN EXECUTE replace($function$
            CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$
            {declarations} BEGIN {named} RETURN NULL; END $$
            $function$, '{{schema}}', quote_ident(current_schema())); END $do$""",
        f"DROP FUNCTION {name}()",
    )


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
