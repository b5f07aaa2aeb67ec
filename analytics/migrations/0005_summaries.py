"""Create the view of daily summaries, set the storage of packed bytes, and insert the first generations.

A later migration that alters `analytics_summary` has to drop the view first and create it again.
"""

from django.db import migrations

from analytics.database.schema import SchemaStatement, run_statements

PACKED_TABLES = (
    "analytics_summary",
    "analytics_eventsummary",
    "analytics_purgedsummary",
    "analytics_purgedeventsummary",
)
DAYS_SINCE_1970 = {
    "postgresql": "(start - DATE '1970-01-01')::bigint",
    "sqlite": "CAST(julianday(start) - 2440587.5 AS INTEGER)",
}


def statements(vendor):
    # `id` is made of the day and the country: it needs no column, and stays the same when a day is rolled up again.
    daily = f"""CREATE VIEW analytics_dailyanalyticssummary AS
        SELECT {DAYS_SINCE_1970[vendor]} * 4294967296 + group_id AS id, start AS date,
               NULLIF(group_id, 0) AS country_id, total AS total_views, distinct_count AS unique_blogs, layout, ids
        FROM analytics_summary WHERE grain = 1 AND group_id >= 0"""
    return [
        *(_storage() if vendor == "postgresql" else []),
        SchemaStatement(daily, "DROP VIEW analytics_dailyanalyticssummary"),
        SchemaStatement(
            "INSERT INTO analytics_generation (id, number) VALUES (1, 0), (2, 0) ON CONFLICT DO NOTHING",
            "DELETE FROM analytics_generation",
        ),
    ]


def _storage():
    """The packed bytes do not compress. Stored out of line and uncompressed, they are read directly."""
    return [
        SchemaStatement(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL")
        for table in PACKED_TABLES
        for column in ("ids", "weights")
    ]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_event_counts")]
    operations = [run_statements(statements)]
