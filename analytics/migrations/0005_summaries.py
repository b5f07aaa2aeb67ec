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


PUBLISHED = "SELECT number FROM analytics_rollup WHERE dataset = 1 AND is_published"
GROUPS = {
    "postgresql": """SELECT start, layout, ids, groups[place] AS country, totals[place] AS views,
            coalesce(ends[place - 1], 0) AS first, ends[place] AS last
        FROM analytics_summary, generate_subscripts(groups, 1) AS place WHERE grain = 1 AND roll_up = (PUBLISHED)""",
    "sqlite": """SELECT start, layout, ids, place.value AS country,
            json_extract(totals, '$[' || place.key || ']') AS views,
            CASE place.key WHEN 0 THEN 0 ELSE json_extract(ends, '$[' || (place.key - 1) || ']') END AS first,
            json_extract(ends, '$[' || place.key || ']') AS last
        FROM analytics_summary, json_each(groups) AS place WHERE grain = 1 AND roll_up = (PUBLISHED)""",
}
"""The groups of the day chunks by country in the first zone, with the places of their entries."""
SLICE = {
    "postgresql": "substring(ids, (first * width + 1)::int, ((last - first) * width)::int)",
    "sqlite": "substr(ids, first * width + 1, (last - first) * width)",
}


def statements(vendor):
    # `id` is made of the day and the country: it needs no column, and stays the same when a day is rolled up again.
    groups = GROUPS[vendor].replace("PUBLISHED", PUBLISHED)
    daily = f"""CREATE VIEW analytics_dailyanalyticssummary AS
        SELECT {DAYS_SINCE_1970[vendor]} * 4294967296 + country AS id, start AS date,
               NULLIF(country, 0) AS country_id, views AS total_views, last - first AS unique_blogs, layout,
               {SLICE[vendor]} AS ids
        FROM (SELECT *, 1 << (layout >> 4 & 15) AS width FROM ({groups}) AS found) AS sliced"""
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
        for column in ("ids", "weights", "registers")
    ]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_event_counts")]
    operations = [run_statements(statements)]
