"""Create the triggers that mark the days of changed facts as stale, and the index that reads facts by time.

On SQLite, a migration that alters a table of facts makes a new table without triggers, so it has to create them again.
`stale_days.missing_triggers` notices missing triggers, and `verify_stats --repair` restores them from here.
"""

from django.db import migrations

from analytics.database.schema import SchemaStatement, run_statements
from analytics.database.stale_day_triggers import stale_day_triggers

TIME_INDEX = {
    "postgresql": """CREATE INDEX analytics_blogview_time ON analytics_blogview
                     USING brin (timestamp) WITH (autosummarize = on)""",
    "sqlite": "CREATE INDEX analytics_blogview_time ON analytics_blogview (timestamp)",
}
EVENT_COLUMNS = ("id", "session_id", "kind_id", "timestamp")


def statements(vendor):
    return [
        SchemaStatement(TIME_INDEX[vendor], "DROP INDEX analytics_blogview_time"),
        *stale_day_triggers(vendor, "analytics_blogview"),
        *stale_day_triggers(vendor, "analytics_event", EVENT_COLUMNS),
    ]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_tables")]
    operations = [run_statements(statements)]
