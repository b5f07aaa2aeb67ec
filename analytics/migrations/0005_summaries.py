"""Create the view of daily summaries, set the storage of packed bytes, insert the first generations, and on PostgreSQL
create the functions that read their freshness and which summaries there are.

A later migration that alters `analytics_summary` has to drop the view first and create it again.
"""

from django.db import migrations

from analytics.database.coverage_query import coverage_query
from analytics.database.schema import SchemaStatement, run_statements
from analytics.database.stale_day_triggers import EVERY_DAY

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

DATASETS = [
    (1, "analytics_blogview", "analytics_summary", "country"),
    (2, "analytics_event", "analytics_eventsummary", "kind"),
]


def freshness_function(number, facts):
    """Return the function that reads the freshness of the answers about the days from `first` to before `past`.

    Each question reads it, and to plan this statement takes longer than to run it; a function keeps the plan. The
    marked days are found one by one by the index, so the length of the log does not matter, only its days do.
    """
    return SchemaStatement(
        f"""CREATE FUNCTION {facts}_freshness(first date, past date, OUT number bigint,
                OUT rolled_up_at timestamp with time zone, OUT token numeric, OUT changes bigint,
                OUT pending bigint, OUT marked bigint, OUT every_day boolean)
            LANGUAGE plpgsql STABLE AS $$ BEGIN
                WITH RECURSIVE found (day) AS (
                    SELECT (SELECT log.day FROM {facts}_mark AS log
                            WHERE log.day >= first AND log.day < past ORDER BY log.day LIMIT 1)
                    UNION ALL
                    SELECT (SELECT log.day FROM {facts}_mark AS log
                            WHERE log.day > found.day AND log.day < past ORDER BY log.day LIMIT 1)
                    FROM found WHERE found.day IS NOT NULL
                )
                SELECT gen.number, gen.rolled_up_at, labels.token, labels.changes,
                       (SELECT count(*) FROM (
                            SELECT day FROM found WHERE day IS NOT NULL
                            UNION SELECT day FROM {facts}_stale WHERE day >= first AND day < past) AS stale),
                       (SELECT count(day) FROM found), EXISTS (SELECT 1 FROM {facts}_mark WHERE day = '{EVERY_DAY}')
                INTO number, rolled_up_at, token, changes, pending, marked, every_day
                FROM analytics_generation AS gen,
                     (SELECT sum(log.token) AS token, count(*) AS changes FROM analytics_label_change AS log) AS labels
                WHERE gen.id = {number};
            END $$""",
        f"DROP FUNCTION {facts}_freshness(date, date)",
    )


def coverage_function(number, facts, summaries, main_dimension):
    return SchemaStatement(
        f"""CREATE FUNCTION {facts}_coverage(zone text) RETURNS TABLE (
                number bigint, token numeric, any_registered boolean, total smallint, main smallint, folded_until date,
                first date, last date, total_complete_from date, main_complete_from date, day date)
            LANGUAGE plpgsql STABLE AS $$
            #variable_conflict use_column
            BEGIN RETURN QUERY {coverage_query(number, summaries, main_dimension, "zone")}; END $$""",
        f"DROP FUNCTION {facts}_coverage(text)",
    )


def functions():
    for number, facts, summaries, main_dimension in DATASETS:
        yield freshness_function(number, facts)
        yield coverage_function(number, facts, summaries, main_dimension)


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
        *(functions() if vendor == "postgresql" else []),
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
