"""Create the summaries of events, and the triggers that mark the days of events as stale, as 0002 does for views.

The names of sessions and kinds are watched too. A trigger that names a column forbids PostgreSQL to alter it: a
migration that changes `Session.name` has to drop `analytics_session_renamed` first. Without the column it would fire for
each batch of events, which changes the number that a session has of them.
"""

from django.db import migrations, models

EVERY_DAY = "1900-01-01"  # as in 0002

POSTGRES = [
    (
        """CREATE TABLE analytics_event_mark
           (day date NOT NULL, marked_at timestamp with time zone NOT NULL DEFAULT now())""",
        "DROP TABLE analytics_event_mark",
    ),
    (
        """CREATE FUNCTION analytics_mark_events() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_event_mark (day)
               SELECT (start AT TIME ZONE 'UTC')::date
               FROM (SELECT DISTINCT date_bin('1 day', timestamp, '1970-01-01 00:00Z') AS start FROM changed) AS days;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_events()",
    ),
    (
        # A column that the summaries do not hold, such as `data`, may change without making a day stale.
        """CREATE FUNCTION analytics_mark_events_moved() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_event_mark (day)
               SELECT (timestamp AT TIME ZONE 'UTC')::date FROM (
                   (SELECT id, session_id, kind_id, timestamp FROM before
                    EXCEPT SELECT id, session_id, kind_id, timestamp FROM changed)
                   UNION ALL
                   (SELECT id, session_id, kind_id, timestamp FROM changed
                    EXCEPT SELECT id, session_id, kind_id, timestamp FROM before)) AS moved
               GROUP BY 1;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_events_moved()",
    ),
    (
        f"""CREATE FUNCTION analytics_mark_events_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               INSERT INTO analytics_event_mark (day) VALUES (DATE '{EVERY_DAY}');
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_mark_events_truncated()",
    ),
    (
        """CREATE TRIGGER analytics_event_inserted AFTER INSERT ON analytics_event
           REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_events()""",
        "DROP TRIGGER IF EXISTS analytics_event_inserted ON analytics_event",
    ),
    (
        """CREATE TRIGGER analytics_event_updated AFTER UPDATE ON analytics_event
           REFERENCING OLD TABLE AS before NEW TABLE AS changed
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_events_moved()""",
        "DROP TRIGGER IF EXISTS analytics_event_updated ON analytics_event",
    ),
    (
        # A purge moves what it deletes into the base of the day, in the same statement: nothing becomes stale.
        """CREATE TRIGGER analytics_event_deleted AFTER DELETE ON analytics_event
           REFERENCING OLD TABLE AS changed FOR EACH STATEMENT
           WHEN (current_setting('ideeza.freezing', true) IS DISTINCT FROM 'on')
           EXECUTE FUNCTION analytics_mark_events()""",
        "DROP TRIGGER IF EXISTS analytics_event_deleted ON analytics_event",
    ),
    (
        """CREATE TRIGGER analytics_event_truncated AFTER TRUNCATE ON analytics_event
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_mark_events_truncated()""",
        "DROP TRIGGER IF EXISTS analytics_event_truncated ON analytics_event",
    ),
    *[
        (
            f"""CREATE TRIGGER {name} AFTER {events} ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION analytics_note_name_change()""",
            f"DROP TRIGGER IF EXISTS {name} ON {table}",
        )
        for name, events, table in (
            ("analytics_kind_renamed", "UPDATE OR DELETE OR TRUNCATE", "analytics_kind"),
            ("analytics_session_renamed", "UPDATE OF name", "analytics_session"),
            ("analytics_session_deleted", "DELETE OR TRUNCATE", "analytics_session"),
        )
    ],
    *[
        (f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL", "SELECT 1")
        for table in ("analytics_eventsummary", "analytics_eventbase")
        for column in ("ids", "views")
    ],
]

MARK = """INSERT INTO analytics_event_mark (day) SELECT substr({row}.timestamp, 1, 10)
          WHERE NOT EXISTS (SELECT 1 FROM analytics_event_mark WHERE day = substr({row}.timestamp, 1, 10));"""
REPLACED = """INSERT INTO analytics_event_mark (day)
              SELECT substr(timestamp, 1, 10) FROM analytics_event AS replaced WHERE id = NEW.id
              AND NOT EXISTS (SELECT 1 FROM analytics_event_mark WHERE day = substr(replaced.timestamp, 1, 10));"""
MOVED = """OLD.session_id IS NOT NEW.session_id OR OLD.kind_id IS NOT NEW.kind_id
           OR OLD.timestamp IS NOT NEW.timestamp OR OLD.id IS NOT NEW.id"""

SQLITE = [
    (
        """CREATE TABLE analytics_event_mark
           (day date NOT NULL PRIMARY KEY CHECK (day IS date(day, '+0 days')),
            marked_at datetime NOT NULL DEFAULT (strftime('%Y-%m-%d %H:%M:%f', 'now')))""",
        "DROP TABLE analytics_event_mark",
    ),
    *[
        (f"CREATE TRIGGER {name} {event} ON analytics_event {body} END", f"DROP TRIGGER IF EXISTS {name}")
        for name, event, body in (
            (
                "analytics_event_inserted",
                "AFTER INSERT",
                """WHEN NOT EXISTS (SELECT 1 FROM analytics_event_mark WHERE day = substr(NEW.timestamp, 1, 10)) BEGIN
                   INSERT INTO analytics_event_mark (day) VALUES (substr(NEW.timestamp, 1, 10));""",
            ),
            (
                "analytics_event_replaced",
                "BEFORE INSERT",
                f"WHEN NEW.id <> -1 AND EXISTS (SELECT 1 FROM analytics_event WHERE id = NEW.id) BEGIN {REPLACED}",
            ),
            (
                "analytics_event_renumbered",
                "BEFORE UPDATE OF id",
                f"WHEN NEW.id <> OLD.id AND EXISTS (SELECT 1 FROM analytics_event WHERE id = NEW.id) BEGIN {REPLACED}",
            ),
            (
                "analytics_event_updated",
                "AFTER UPDATE",
                f"WHEN {MOVED} BEGIN {MARK.format(row='OLD')} {MARK.format(row='NEW')}",
            ),
            ("analytics_event_deleted", "AFTER DELETE", f"BEGIN {MARK.format(row='OLD')}"),
        )
    ],
    *[
        (
            f"""CREATE TRIGGER {name} AFTER {event} ON {table}
                BEGIN INSERT INTO analytics_name_change (changed_at) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now')); END""",
            f"DROP TRIGGER IF EXISTS {name}",
        )
        for name, event, table in (
            ("analytics_kind_renamed", "UPDATE OF id, category, name", "analytics_kind"),
            ("analytics_kind_deleted", "DELETE", "analytics_kind"),
            ("analytics_session_renamed", "UPDATE OF id, name", "analytics_session"),
            ("analytics_session_deleted", "DELETE", "analytics_session"),
        )
    ],
]

STORED = {
    "postgresql": "SELECT DISTINCT (timestamp AT TIME ZONE 'UTC')::date FROM analytics_event",
    "sqlite": "SELECT DISTINCT substr(timestamp, 1, 10) FROM analytics_event",
}
"""The statement, by dialect, for the days of events stored before the triggers existed."""


def statements(vendor):
    return [
        *{"postgresql": POSTGRES, "sqlite": SQLITE}[vendor],
        (f"INSERT INTO analytics_event_mark (day) {STORED[vendor]}", "SELECT 1"),
        (
            "INSERT INTO analytics_ledger (id, generation) VALUES (2, 0) ON CONFLICT DO NOTHING",
            "DELETE FROM analytics_ledger WHERE id = 2",
        ),
    ]


def forwards(apps, schema_editor):
    for statement, _ in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for _, statement in reversed(statements(schema_editor.connection.vendor)):
        schema_editor.execute(statement, params=None)


def packed():
    return [
        ("country_key", models.BigIntegerField()),
        ("total_views", models.BigIntegerField()),
        ("unique_blogs", models.IntegerField()),
        ("layout", models.SmallIntegerField(help_text="version and widths of the two arrays")),
        ("ids", models.BinaryField()),
        ("views", models.BinaryField()),
    ]


def key(*columns):
    return models.CompositePrimaryKey(*columns, blank=True, editable=False, primary_key=True, serialize=False)


GRAINS = [(1, "day"), (2, "week"), (3, "month"), (4, "year")]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0004_collecting")]
    operations = [
        migrations.CreateModel(
            name="EventBase",
            fields=[*packed(), ("pk", key("day", "country_key")), ("day", models.DateField())],
            options={"abstract": False},
        ),
        migrations.CreateModel(
            name="EventSummary",
            fields=[
                *packed(),
                ("pk", key("grain", "start", "country_key")),
                ("grain", models.SmallIntegerField(choices=GRAINS)),
                ("start", models.DateField()),
                (
                    "generation",
                    models.BigIntegerField(
                        default=0, help_text="the generation it was written in; its sketch goes by it"
                    ),
                ),
            ],
            options={"verbose_name_plural": "event summaries"},
        ),
        migrations.RemoveConstraint(model_name="ledger", name="ledger_has_one_row"),
        migrations.AddConstraint(
            model_name="ledger",
            constraint=models.CheckConstraint(condition=models.Q(("id__in", [1, 2])), name="ledger_row_a_subject"),
        ),
        migrations.RunPython(forwards, backwards, elidable=False),
    ]
