"""Create the SQL views over the summaries, for people with psql, Metabase or Superset, and on PostgreSQL the function
that unpacks the members of groups.

A later migration that alters `analytics_summary`, `analytics_eventsummary` or `analytics_rollup` has to drop these
first and create them again.
"""

from django.db import migrations

from analytics.database.schema import SchemaStatement, run_statements

KEY_BITS = 31
"""The bits of each key of a roll-up of two dimensions; see `tally.roll_ups`."""
TEXT = """CASE {name} WHEN '' THEN NULL
    WHEN 'country' THEN (SELECT code FROM analytics_country AS named WHERE named.id = {key})
    WHEN 'hour' THEN CAST({key} - 1 AS {text})
    ELSE (SELECT value FROM analytics_dimensionvalue AS named WHERE named.id = {key}) END"""
"""The text of the value that has a key of a dimension; NULL where it is unknown."""
POSTGRES_GROUPS = """
    SELECT start AS day, time_zone, dimensions, split_part(dimensions, '+', 1) AS first_name,
           split_part(dimensions, '+', 2) AS second_name, groups[place] AS key, totals[place] AS total,
           ends[place] - coalesce(ends[place - 1], 0) AS members, coalesce(ends[place - 1], 0)::int AS first,
           ends[place]::int AS last, layout, ids, weights
    FROM {table} JOIN analytics_rollup ON dataset = {dataset} AND number = roll_up,
         generate_subscripts(groups, 1) AS place
    WHERE grain = 1 AND dimensions NOT LIKE '%+%+%'"""
SQLITE_GROUPS = """
    SELECT start AS day, time_zone, dimensions,
           CASE instr(dimensions, '+') WHEN 0 THEN dimensions
           ELSE substr(dimensions, 1, instr(dimensions, '+') - 1) END AS first_name,
           CASE instr(dimensions, '+') WHEN 0 THEN '' ELSE substr(dimensions, instr(dimensions, '+') + 1) END
           AS second_name, place.value AS key, json_extract(totals, '$[' || place.key || ']') AS total,
           json_extract(ends, '$[' || place.key || ']')
           - CASE place.key WHEN 0 THEN 0 ELSE json_extract(ends, '$[' || (place.key - 1) || ']') END AS members
    FROM {table} JOIN analytics_rollup ON dataset = {dataset} AND number = roll_up, json_each(groups) AS place
    WHERE grain = 1 AND dimensions NOT LIKE '%+%+%'"""
GROUPS = {"postgresql": POSTGRES_GROUPS, "sqlite": SQLITE_GROUPS}
FIRST_KEY = f"CASE second_name WHEN '' THEN key ELSE key >> {KEY_BITS} END"
SECOND_KEY = f"(key & {(1 << KEY_BITS) - 1})"

INTEGER_AT = """
    CREATE FUNCTION analytics_integer_at(packed bytea, place int, bits int) RETURNS bigint
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
        SELECT sum(get_byte(packed, (place << bits) + byte)::bigint << 8 * byte)::bigint
        FROM generate_series(0, (1 << bits) - 1) AS byte
    $$"""
"""The little-endian integer of 2 ** bits bytes; see `tally.counts`."""


def views_by_day(vendor):
    text = {"postgresql": "text", "sqlite": "TEXT"}[vendor]
    groups = GROUPS[vendor].format(table="analytics_summary", dataset=1)
    return f"""CREATE VIEW analytics_views_by_day AS
        SELECT day, time_zone, CASE dimensions WHEN '' THEN 'total' ELSE dimensions END AS dimensions,
               {TEXT.format(name="first_name", key=f"({FIRST_KEY})", text=text)} AS value,
               {TEXT.format(name="second_name", key=SECOND_KEY, text=text)} AS second_value,
               total AS views, members AS blogs_of_this_day_alone
        FROM ({groups}) AS found"""


def events_by_day(vendor):
    groups = GROUPS[vendor].format(table="analytics_eventsummary", dataset=2)
    return f"""CREATE VIEW analytics_events_by_day AS
        SELECT day, time_zone, category, name, total AS events, members AS sessions_of_this_day_alone
        FROM ({groups}) AS found JOIN analytics_kind AS kind ON kind.id = key WHERE dimensions = 'kind'"""


def unpacked_members():
    groups = POSTGRES_GROUPS.format(table="analytics_summary", dataset=1)
    return f"""
    CREATE FUNCTION analytics_views_by_blog(first_day date, last_day date, wanted text, zone text DEFAULT 'UTC')
    RETURNS TABLE (day date, value text, second_value text, blog_id bigint, views bigint)
    LANGUAGE sql STABLE AS $$
        SELECT found.day, {TEXT.format(name="first_name", key=f"({FIRST_KEY})", text="text")},
               {TEXT.format(name="second_name", key=SECOND_KEY, text="text")},
               analytics_integer_at(ids, place, layout >> 4 & 15), analytics_integer_at(weights, place, layout & 15)
        FROM ({groups} AND start BETWEEN first_day AND last_day
              AND dimensions = CASE wanted WHEN 'total' THEN '' ELSE wanted END AND time_zone = zone) AS found,
             generate_series(first, last - 1) AS place
    $$"""


def statements(vendor):
    views = [
        SchemaStatement(views_by_day(vendor), "DROP VIEW analytics_views_by_day"),
        SchemaStatement(events_by_day(vendor), "DROP VIEW analytics_events_by_day"),
    ]
    if vendor != "postgresql":
        return views
    arguments = "date, date, text, text"
    return [
        *views,
        SchemaStatement(INTEGER_AT, "DROP FUNCTION analytics_integer_at(bytea, int, int)"),
        SchemaStatement(unpacked_members(), f"DROP FUNCTION analytics_views_by_blog({arguments})"),
    ]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0006_installation")]
    operations = [run_statements(statements)]
