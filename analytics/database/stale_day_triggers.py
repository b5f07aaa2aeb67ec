"""The triggers that mark the day of a changed fact as stale, in the transaction that changes it.

The database writes the marks, so changes by the ORM, by COPY and by raw SQL are all noticed. PostgreSQL has a statement
trigger with a transition table for each kind of change. It appends to a log without a unique key, because writers that
upsert marks would wait for each other; `stale_days.compact` moves a long log to the table of stale days, which has one
row a day. SQLite has one writer: row triggers, and one mark a day.
"""

from collections.abc import Sequence
from datetime import date

from analytics.database.schema import SchemaStatement, postgres_trigger, postgres_trigger_function

Columns = Sequence[str] | None
EVERY_DAY = date(1900, 1, 1)
"""The day that TRUNCATE marks. It is outside the calendar and stands for every day that has a summary."""


POSTGRES_TRIGGERS = {
    "inserted": ("INSERT", "REFERENCING NEW TABLE AS changed", "", "mark_changed"),
    "updated": ("UPDATE", "REFERENCING OLD TABLE AS before NEW TABLE AS changed", "", "mark_updated"),
    # A purge moves what it deletes into the purged summary of the day, in the same transaction.
    "deleted": (
        "DELETE",
        "REFERENCING OLD TABLE AS changed",
        "WHEN (current_setting('ideeza.purging', true) IS DISTINCT FROM 'on')",
        "mark_changed",
    ),
    "truncated": ("TRUNCATE", "", "", "mark_truncated"),
}
"""By name: the change, its transition tables, a condition, and the function that marks."""


def stale_day_triggers(vendor: str, facts: str, columns: Columns = None) -> list[SchemaStatement]:
    """Return the statements that create the tables `FACTS_mark` and `FACTS_stale` and the triggers of `facts`.

    `columns` are those that summaries depend on, `id` and `timestamp` among them: an update of other columns makes no
    day stale. With None, every update makes its day stale. The days of facts that are already stored are marked,
    because no trigger saw them.
    """
    create = {"postgresql": _on_postgres, "sqlite": _on_sqlite}[vendor]
    return create(facts, f"{facts}_mark", f"{facts}_stale", columns)


def _on_postgres(facts: str, marks: str, stale: str, columns: Columns) -> list[SchemaStatement]:
    day = "(timestamp AT TIME ZONE 'UTC')::date"
    functions = {
        "mark_changed": """
            SELECT (start AT TIME ZONE 'UTC')::date
            FROM (SELECT DISTINCT date_bin('1 day', timestamp, '1970-01-01 00:00Z') AS start FROM changed) AS days""",
        "mark_updated": f"SELECT {day} FROM ({_updated(columns)}) AS updated GROUP BY 1",
        "mark_truncated": f"VALUES (DATE '{EVERY_DAY}')",
    }
    return [
        SchemaStatement(
            f"CREATE TABLE {marks} (day date NOT NULL, marked_at timestamp with time zone NOT NULL DEFAULT now())",
            f"DROP TABLE {marks}",
        ),
        SchemaStatement(f"CREATE INDEX {marks}_day ON {marks} (day, marked_at)", f"DROP INDEX {marks}_day"),
        SchemaStatement(
            f"CREATE TABLE {stale} (day date PRIMARY KEY, since timestamp with time zone NOT NULL DEFAULT now())",
            f"DROP TABLE {stale}",
        ),
        *[
            postgres_trigger_function(f"{facts}_{name}", f"INSERT INTO {marks} (day) {days};")
            for name, days in functions.items()
        ],
        *[
            postgres_trigger(
                f"{facts}_{name}",
                facts,
                events,
                f"{tables} FOR EACH STATEMENT {condition} EXECUTE FUNCTION {facts}_{function}()",
            )
            for name, (events, tables, condition, function) in POSTGRES_TRIGGERS.items()
        ],
        SchemaStatement(f"INSERT INTO {stale} (day) SELECT DISTINCT {day} FROM {facts}"),
    ]


def _updated(columns: Columns) -> str:
    """Return a query for the updated facts, as they were and as they are."""
    if columns is None:
        return "SELECT timestamp FROM before UNION ALL SELECT timestamp FROM changed"
    compared = ", ".join(columns)
    return f"""(SELECT {compared} FROM before EXCEPT SELECT {compared} FROM changed)
               UNION ALL (SELECT {compared} FROM changed EXCEPT SELECT {compared} FROM before)"""


def _on_sqlite(facts: str, marks: str, stale: str, columns: Columns) -> list[SchemaStatement]:
    return [
        # SQLite accepts any text as a time. A text without a valid day fails here: its mark would stop every run.
        SchemaStatement(
            f"""CREATE TABLE {marks}
                (day date NOT NULL PRIMARY KEY CHECK (day IS date(day, '+0 days')),
                 marked_at datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))""",
            f"DROP TABLE {marks}",
        ),
        SchemaStatement(
            f"""CREATE TABLE {stale} (day date NOT NULL PRIMARY KEY,
                since datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))""",
            f"DROP TABLE {stale}",
        ),
        *[
            SchemaStatement(
                f"CREATE TRIGGER {facts}_{name} {change} ON {facts} WHEN {condition} BEGIN {body} END",
                f"DROP TRIGGER IF EXISTS {facts}_{name}",
            )
            for name, (change, condition, body) in _sqlite_triggers(facts, marks, columns).items()
        ],
        SchemaStatement(f"INSERT INTO {stale} (day) SELECT DISTINCT substr(timestamp, 1, 10) FROM {facts}"),
    ]


def _sqlite_triggers(facts: str, marks: str, columns: Columns) -> dict[str, tuple[str, str, str]]:
    """Return the triggers by name: the change, a condition, and the statements that mark."""
    changed = " OR ".join(f"OLD.{column} IS NOT NEW.{column}" for column in columns or ()) or "true"
    replaced = f"EXISTS (SELECT 1 FROM {facts} WHERE id = NEW.id)"
    mark_replaced = f"""INSERT INTO {marks} (day)
        SELECT substr(timestamp, 1, 10) FROM {facts} AS replaced WHERE id = NEW.id
        AND NOT EXISTS (SELECT 1 FROM {marks} WHERE day = substr(replaced.timestamp, 1, 10));"""

    def mark(row: str) -> str:
        return f"""INSERT INTO {marks} (day) SELECT substr({row}.timestamp, 1, 10)
            WHERE NOT EXISTS (SELECT 1 FROM {marks} WHERE day = substr({row}.timestamp, 1, 10));"""

    return {
        # Most rows are of a day that is marked already. With the condition in WHEN, they do not enter the body
        # (measured: 100,000 rows take twice as long as without triggers, and three times with it in the body).
        "inserted": (
            "AFTER INSERT",
            f"NOT EXISTS (SELECT 1 FROM {marks} WHERE day = substr(NEW.timestamp, 1, 10))",
            f"INSERT INTO {marks} (day) VALUES (substr(NEW.timestamp, 1, 10));",
        ),
        # INSERT OR REPLACE, and UPDATE OR REPLACE of ids, remove the row they replace without firing a delete trigger.
        # In a BEFORE INSERT trigger, a row that has no id yet has -1.
        "replaced": ("BEFORE INSERT", f"NEW.id <> -1 AND {replaced}", mark_replaced),
        "renumbered": ("BEFORE UPDATE OF id", f"NEW.id <> OLD.id AND {replaced}", mark_replaced),
        "updated": ("AFTER UPDATE", changed, mark("OLD") + mark("NEW")),
        "deleted": ("AFTER DELETE", "true", mark("OLD")),
    }
