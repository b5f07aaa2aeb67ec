"""Stale marks, the time index of the facts, and the view of daily summaries: what Django's models cannot say.

A mark is written in the transaction that changes a fact, by the database, so that the ORM, COPY and raw SQL are all
seen. PostgreSQL: one statement trigger with a transition table for each kind of change, into a log without a unique
key (upserted marks would make writers wait for each other). SQLite has one writer: row triggers, a mark a day.

A later migration that alters one of these tables has to drop the view of daily summaries first, and on SQLite to create
the triggers of the table again, because SQLite alters a table by creating a new one. `stale_days.unwatched` notices
missing triggers, and `verify_stats --repair` restores them from here.

`analytics_name_change` does the same for what answers are labelled with: titles, authors, country codes. Each change
has a random token, so that one that was rolled back and the next one are never taken for each other.
"""

from django.db import migrations

EVERY_DAY = "1900-01-01"  # a day outside the calendar that stands for all of them, written by TRUNCATE

POSTGRES = [
    (
        """CREATE TABLE analytics_stale_mark
           (day date NOT NULL, marked_at timestamp with time zone NOT NULL DEFAULT now())""",
        "DROP TABLE analytics_stale_mark",
    ),
    (
        """CREATE TABLE analytics_name_change
           (changed_at timestamp with time zone NOT NULL DEFAULT now(),
            token bigint NOT NULL DEFAULT (random() * 4294967296)::bigint)""",
        "DROP TABLE analytics_name_change",
    ),
    (
        """CREATE INDEX analytics_blogview_time ON analytics_blogview
           USING brin (timestamp) WITH (autosummarize = on)""",
        "DROP INDEX analytics_blogview_time",
    ),
    (
        """CREATE FUNCTION analytics_mark_changed() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_stale_mark (day)
               SELECT (start AT TIME ZONE 'UTC')::date
               FROM (SELECT DISTINCT date_bin('1 day', timestamp, '1970-01-01 00:00Z') AS start FROM changed) AS days;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_changed()",
    ),
    (
        """CREATE FUNCTION analytics_mark_moved() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_stale_mark (day)
               SELECT (timestamp AT TIME ZONE 'UTC')::date FROM before
               UNION SELECT (timestamp AT TIME ZONE 'UTC')::date FROM changed;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_moved()",
    ),
    (
        f"""CREATE FUNCTION analytics_mark_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_stale_mark (day) VALUES (DATE '{EVERY_DAY}');
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_truncated()",
    ),
    (
        """CREATE TRIGGER analytics_blogview_inserted AFTER INSERT ON analytics_blogview
           REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_changed()""",
        "DROP TRIGGER IF EXISTS analytics_blogview_inserted ON analytics_blogview",
    ),
    (
        """CREATE TRIGGER analytics_blogview_updated AFTER UPDATE ON analytics_blogview
           REFERENCING OLD TABLE AS before NEW TABLE AS changed
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_moved()""",
        "DROP TRIGGER IF EXISTS analytics_blogview_updated ON analytics_blogview",
    ),
    (
        # A purge moves what it deletes into the base of the day, in the same statement: nothing becomes stale.
        """CREATE TRIGGER analytics_blogview_deleted AFTER DELETE ON analytics_blogview
           REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
           WHEN (current_setting('ideeza.freezing', true) IS DISTINCT FROM 'on')
           EXECUTE FUNCTION analytics_mark_changed()""",
        "DROP TRIGGER IF EXISTS analytics_blogview_deleted ON analytics_blogview",
    ),
    (
        """CREATE TRIGGER analytics_blogview_truncated AFTER TRUNCATE ON analytics_blogview
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_truncated()""",
        "DROP TRIGGER IF EXISTS analytics_blogview_truncated ON analytics_blogview",
    ),
    (
        """CREATE FUNCTION analytics_note_name_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_name_change DEFAULT VALUES;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_note_name_change()",
    ),
    *[
        (
            f"""CREATE TRIGGER {name} AFTER {events} ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_name_change()""",
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
        )
        for name, events, table in (
            ("analytics_blog_created", "INSERT OR DELETE OR TRUNCATE", "analytics_blog"),
            ("analytics_country_renamed", "INSERT OR UPDATE OR DELETE OR TRUNCATE", "analytics_country"),
        )
    ],
    (
        # A column that no answer shows, above all a blog's content, may change without making answers stale. The body
        # compares the columns: a trigger that names a column would forbid Django to alter it.
        """CREATE FUNCTION analytics_note_blog_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               IF EXISTS (SELECT id, title, author_id, created_at FROM changed
                          EXCEPT SELECT id, title, author_id, created_at FROM before) THEN
                   INSERT INTO analytics_name_change DEFAULT VALUES;
               END IF;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_note_blog_change()",
    ),
    (
        """CREATE TRIGGER analytics_blog_renamed AFTER UPDATE ON analytics_blog
           REFERENCING OLD TABLE AS before NEW TABLE AS changed
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_blog_change()""",
        "DROP TRIGGER IF EXISTS analytics_blog_renamed ON analytics_blog",
    ),
    (
        # A login changes the row of its user as well.
        """CREATE FUNCTION analytics_note_author_change() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               IF OLD.username IS DISTINCT FROM NEW.username THEN
                   INSERT INTO analytics_name_change DEFAULT VALUES;
               END IF;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_note_author_change()",
    ),
    (
        """CREATE TRIGGER analytics_author_renamed AFTER UPDATE ON auth_user
           FOR EACH ROW EXECUTE FUNCTION analytics_note_author_change()""",
        "DROP TRIGGER IF EXISTS analytics_author_renamed ON auth_user",
    ),
    # The packed bytes do not compress; stored out of line and uncompressed, they are read directly.
    *[
        (f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL", "SELECT 1")
        for table in ("analytics_summary", "analytics_base")
        for column in ("ids", "views")
    ],
]

MARK = """INSERT INTO analytics_stale_mark (day) SELECT substr({row}.timestamp, 1, 10)
          WHERE NOT EXISTS (SELECT 1 FROM analytics_stale_mark WHERE day = substr({row}.timestamp, 1, 10));"""

SQLITE = [
    (
        # SQLite accepts any text as a time. A text without a valid day fails here: its mark would stop every run.
        """CREATE TABLE analytics_stale_mark
           (day date NOT NULL PRIMARY KEY CHECK (day IS date(day, '+0 days')),
            marked_at datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))""",
        "DROP TABLE analytics_stale_mark",
    ),
    (
        """CREATE TABLE analytics_name_change
           (changed_at datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')),
            token integer NOT NULL DEFAULT (random() & 4294967295))""",
        "DROP TABLE analytics_name_change",
    ),
    (
        "CREATE INDEX analytics_blogview_time ON analytics_blogview (timestamp)",
        "DROP INDEX analytics_blogview_time",
    ),
    (
        # Most rows are of a day that is marked: with that in WHEN, the body is not entered for them (measured: 100,000
        # rows take twice as long as without triggers, and three times as long with the condition in the body).
        """CREATE TRIGGER analytics_blogview_inserted AFTER INSERT ON analytics_blogview
           WHEN NOT EXISTS (SELECT 1 FROM analytics_stale_mark WHERE day = substr(NEW.timestamp, 1, 10)) BEGIN
               INSERT INTO analytics_stale_mark (day) VALUES (substr(NEW.timestamp, 1, 10));
           END""",
        "DROP TRIGGER IF EXISTS analytics_blogview_inserted",
    ),
    (
        # INSERT OR REPLACE, and UPDATE OR REPLACE of ids, remove the row they replace without firing a delete trigger.
        # A row that has no id yet has -1 here.
        """CREATE TRIGGER analytics_blogview_replaced BEFORE INSERT ON analytics_blogview
           WHEN NEW.id <> -1 AND EXISTS (SELECT 1 FROM analytics_blogview WHERE id = NEW.id) BEGIN
               INSERT INTO analytics_stale_mark (day)
               SELECT substr(timestamp, 1, 10) FROM analytics_blogview AS replaced WHERE id = NEW.id
               AND NOT EXISTS (SELECT 1 FROM analytics_stale_mark WHERE day = substr(replaced.timestamp, 1, 10));
           END""",
        "DROP TRIGGER IF EXISTS analytics_blogview_replaced",
    ),
    (
        """CREATE TRIGGER analytics_blogview_renumbered BEFORE UPDATE OF id ON analytics_blogview
           WHEN NEW.id <> OLD.id AND EXISTS (SELECT 1 FROM analytics_blogview WHERE id = NEW.id) BEGIN
               INSERT INTO analytics_stale_mark (day)
               SELECT substr(timestamp, 1, 10) FROM analytics_blogview AS replaced WHERE id = NEW.id
               AND NOT EXISTS (SELECT 1 FROM analytics_stale_mark WHERE day = substr(replaced.timestamp, 1, 10));
           END""",
        "DROP TRIGGER IF EXISTS analytics_blogview_renumbered",
    ),
    (
        f"""CREATE TRIGGER analytics_blogview_updated AFTER UPDATE ON analytics_blogview
            BEGIN {MARK.format(row='OLD')} {MARK.format(row='NEW')} END""",
        "DROP TRIGGER IF EXISTS analytics_blogview_updated",
    ),
    (
        f"CREATE TRIGGER analytics_blogview_deleted AFTER DELETE ON analytics_blogview BEGIN {MARK.format(row='OLD')} END",
        "DROP TRIGGER IF EXISTS analytics_blogview_deleted",
    ),
    *[
        (
            f"""CREATE TRIGGER {name} AFTER {event} ON {table}
                BEGIN INSERT INTO analytics_name_change (changed_at) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now')); END""",
            f"DROP TRIGGER IF EXISTS {name}",
        )
        for name, event, table in (
            ("analytics_blog_created", "INSERT", "analytics_blog"),
            ("analytics_blog_renamed", "UPDATE OF id, title, author_id, created_at", "analytics_blog"),
            ("analytics_blog_deleted", "DELETE", "analytics_blog"),
            ("analytics_country_created", "INSERT", "analytics_country"),
            ("analytics_country_renamed", "UPDATE", "analytics_country"),
            ("analytics_country_deleted", "DELETE", "analytics_country"),
            ("analytics_author_renamed", "UPDATE OF username", "auth_user"),
        )
    ],
]

# `id` is made of the day and the country, so that it needs no column and stays the same when a day is rolled up again.
DAILY = """CREATE VIEW analytics_dailyanalyticssummary AS
    SELECT {days} * 4294967296 + country_key AS id, start AS date, NULLIF(country_key, 0) AS country_id,
           total_views, unique_blogs, layout, ids
    FROM analytics_summary WHERE grain = 1 AND country_key >= 0"""
DAYS = {
    "postgresql": "(start - DATE '1970-01-01')::bigint",
    "sqlite": "CAST(julianday(start) - 2440587.5 AS INTEGER)",
}


def statements(vendor):
    tables = {"postgresql": POSTGRES, "sqlite": SQLITE}[vendor]
    daily = (DAILY.format(days=DAYS[vendor]), "DROP VIEW analytics_dailyanalyticssummary")
    return [
        *tables,
        daily,
        (
            "INSERT INTO analytics_ledger (id, generation) VALUES (1, 0) ON CONFLICT DO NOTHING",
            "DELETE FROM analytics_ledger",
        ),
    ]


def forwards(apps, schema_editor):
    for statement, _ in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for _, statement in reversed(statements(schema_editor.connection.vendor)):
        schema_editor.execute(statement, params=None)


class Migration(migrations.Migration):
    # After the last of these: on SQLite a migration that alters a table creates a new one, without its triggers.
    dependencies = [("analytics", "0001_tables"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(forwards, backwards, elidable=False)]
