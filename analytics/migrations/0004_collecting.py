"""Create events, the inbox's notes, and the triggers that count events by session and by kind. A trigger runs in the
transaction that writes or deletes events, so the counts are right for every writer."""

import datetime

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

POSTGRES = [
    (
        # Equal counts are sorted by their keys, in the order that SQLite and Python use, whatever the locale.
        'ALTER TABLE analytics_sessioncount ALTER COLUMN name TYPE varchar(255) COLLATE "C"',
        "SELECT 1",
    ),
    (
        # Rows are locked in the order of their ids, so that two collectors never deadlock. A session or a kind that is
        # missing was erased meanwhile: then the events being written must not stay.
        """CREATE FUNCTION analytics_events_added() RETURNS trigger LANGUAGE plpgsql AS $$
           DECLARE
               session_is_gone boolean;
               kind_is_gone boolean;
           BEGIN
               WITH written AS (SELECT session_id, count(*) AS events FROM changed GROUP BY session_id),
               counted AS (
                   INSERT INTO analytics_sessioncount AS counts (session_id, name, events)
                   SELECT session.id, session.name, written.events
                   FROM written JOIN analytics_session AS session ON session.id = written.session_id ORDER BY session.id
                   ON CONFLICT (session_id) DO UPDATE SET events = counts.events + excluded.events
                   RETURNING session_id
               )
               SELECT (SELECT count(*) FROM counted) < (SELECT count(*) FROM written) INTO session_is_gone;
               WITH written AS (SELECT kind_id, count(*) AS events FROM changed GROUP BY kind_id),
               counted AS (
                   INSERT INTO analytics_kindcount AS counts (kind_id, slot, events)
                   SELECT kind.id, pg_backend_pid() % 16, written.events
                   FROM written JOIN analytics_kind AS kind ON kind.id = written.kind_id ORDER BY kind.id
                   ON CONFLICT (kind_id, slot) DO UPDATE SET events = counts.events + excluded.events
                   RETURNING kind_id
               )
               SELECT (SELECT count(*) FROM counted) < (SELECT count(*) FROM written) INTO kind_is_gone;
               IF session_is_gone OR kind_is_gone THEN
                   RAISE foreign_key_violation USING MESSAGE = 'a session or a kind of these events is gone';
               END IF;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_events_added()",
    ),
    (
        # A count that no longer exists is skipped: code that deletes a session may delete its count first.
        """CREATE FUNCTION analytics_events_removed() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN
               PERFORM 1 FROM analytics_sessioncount
               WHERE session_id IN (SELECT session_id FROM changed) ORDER BY session_id FOR NO KEY UPDATE;
               UPDATE analytics_sessioncount AS counts SET events = counts.events - gone.events
               FROM (SELECT session_id, count(*) AS events FROM changed GROUP BY session_id) AS gone
               WHERE counts.session_id = gone.session_id;
               INSERT INTO analytics_kindcount AS counts (kind_id, slot, events)
               SELECT kind_id, pg_backend_pid() % 16, -count(*) FROM changed
               WHERE kind_id IN (SELECT kind_id FROM analytics_kindcount) GROUP BY kind_id ORDER BY kind_id
               ON CONFLICT (kind_id, slot) DO UPDATE SET events = counts.events + excluded.events;
               RETURN NULL;
           END $$""",
        "DROP FUNCTION analytics_events_removed()",
    ),
    (
        """CREATE FUNCTION analytics_events_truncated() RETURNS trigger LANGUAGE plpgsql AS $$
           BEGIN DELETE FROM analytics_sessioncount; DELETE FROM analytics_kindcount; RETURN NULL; END $$""",
        "DROP FUNCTION analytics_events_truncated()",
    ),
    *[
        (
            f"""CREATE TRIGGER {name} AFTER {event} ON analytics_event
                REFERENCING {table} TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION analytics_events_{what}()""",
            f"DROP TRIGGER IF EXISTS {name} ON analytics_event",
        )
        for name, event, table, what in (
            ("analytics_event_insert_counted", "INSERT", "NEW", "added"),
            ("analytics_event_delete_counted", "DELETE", "OLD", "removed"),
            ("analytics_event_update_counted_off", "UPDATE", "OLD", "removed"),
            ("analytics_event_update_counted_on", "UPDATE", "NEW", "added"),
        )
    ],
    (
        """CREATE TRIGGER analytics_event_truncate_counted AFTER TRUNCATE ON analytics_event
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_events_truncated()""",
        "DROP TRIGGER IF EXISTS analytics_event_truncate_counted ON analytics_event",
    ),
]

ON = """
    INSERT INTO analytics_sessioncount (session_id, name, events)
    SELECT id, name, 1 FROM analytics_session WHERE id = NEW.session_id
    ON CONFLICT (session_id) DO UPDATE SET events = events + 1;
    INSERT INTO analytics_kindcount (kind_id, slot, events) VALUES (NEW.kind_id, 0, 1)
    ON CONFLICT (kind_id, slot) DO UPDATE SET events = events + 1;"""
OFF = """
    UPDATE analytics_sessioncount SET events = events - 1 WHERE session_id = OLD.session_id;
    UPDATE analytics_kindcount SET events = events - 1 WHERE kind_id = OLD.kind_id;"""

SQLITE = [
    (
        f"CREATE TRIGGER {name} AFTER {event} ON analytics_event BEGIN {body} END",
        f"DROP TRIGGER IF EXISTS {name}",
    )
    for name, event, body in (
        ("analytics_event_insert_counted", "INSERT", ON),
        ("analytics_event_delete_counted", "DELETE", OFF),
        ("analytics_event_update_counted", "UPDATE OF session_id, kind_id", OFF + ON),
    )
]


def statements(vendor):
    return {"postgresql": POSTGRES, "sqlite": SQLITE}[vendor]


def forwards(apps, schema_editor):
    for statement, _ in statements(schema_editor.connection.vendor):
        schema_editor.execute(statement, params=None)


def backwards(apps, schema_editor):
    for _, statement in reversed(statements(schema_editor.connection.vendor)):
        schema_editor.execute(statement, params=None)


EARLIEST = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
LATEST = datetime.datetime(2200, 1, 1, tzinfo=datetime.UTC)


def identity():
    return ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))


def loosely(model, behaviour, name, **options):
    """Return a foreign key that the database does not check."""
    return models.ForeignKey(
        db_constraint=False, on_delete=behaviour, related_name=name, to=f"analytics.{model}", **options
    )


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_imported")]
    operations = [
        migrations.CreateModel(
            name="Session",
            fields=[
                identity(),
                ("name", models.CharField(max_length=255)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("name",), name="session_once")]},
        ),
        migrations.CreateModel(
            name="SessionCount",
            fields=[
                (
                    "session",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="count",
                        serialize=False,
                        to="analytics.session",
                    ),
                ),
                ("name", models.CharField(max_length=255)),
                ("events", models.BigIntegerField()),
            ],
            options={"indexes": [models.Index(fields=["-events", "name"], name="session_most_events")]},
        ),
        migrations.CreateModel(
            name="Kind",
            fields=[
                identity(),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("category", "name"), name="kind_once")]},
        ),
        migrations.CreateModel(
            name="KindCount",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind_id", "slot", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slot", models.SmallIntegerField()),
                ("events", models.BigIntegerField()),
                ("kind", loosely("kind", django.db.models.deletion.CASCADE, "counts", db_index=False)),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                identity(),
                ("data", models.JSONField(default=dict)),
                ("timestamp", models.DateTimeField(default=django.utils.timezone.now)),
                ("content", models.UUIDField(editable=False, unique=True)),
                ("event_key", models.UUIDField(editable=False, null=True)),
                (
                    "application",
                    loosely(
                        "application",
                        django.db.models.deletion.SET_NULL,
                        "events",
                        blank=True,
                        null=True,
                        db_index=False,
                    ),
                ),
                ("kind", loosely("kind", django.db.models.deletion.CASCADE, "facts", db_index=False)),
                ("session", loosely("session", django.db.models.deletion.CASCADE, "facts")),
            ],
            options={
                "indexes": [models.Index(fields=["timestamp"], name="event_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("event_key__isnull", False)), fields=("event_key",), name="event_id_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("timestamp__gte", EARLIEST), ("timestamp__lt", LATEST)),
                        name="event_timestamp_in_calendar",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                identity(),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("schema", models.JSONField(help_text="JSON Schema (draft 2020-12) that `data` must satisfy")),
            ],
            options={"constraints": [models.UniqueConstraint(fields=("category", "name"), name="rule_once_a_kind")]},
        ),
        migrations.CreateModel(
            name="ErrorRecord",
            fields=[
                identity(),
                ("session_id", models.CharField(max_length=255)),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("timestamp", models.DateTimeField(help_text="when it happened, as it says")),
                ("payload", models.JSONField(help_text="the event as it was sent")),
                ("field", models.CharField(max_length=255)),
                ("reason", models.TextField()),
                ("recorded_at", models.DateTimeField()),
                ("content", models.UUIDField(editable=False, unique=True)),
                (
                    "application",
                    loosely("application", django.db.models.deletion.SET_NULL, "errors", blank=True, null=True),
                ),
            ],
            options={"indexes": [models.Index(fields=["-timestamp", "id"], name="error_newest")]},
        ),
        migrations.CreateModel(
            name="Delivered",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="Poison",
            fields=[
                identity(),
                ("entry", models.CharField(help_text="its id in the stream", max_length=40, unique=True)),
                ("payload", models.BinaryField()),
                ("reason", models.TextField()),
                ("set_aside_at", models.DateTimeField()),
            ],
            options={"verbose_name_plural": "poison", "ordering": ("id",)},
        ),
        migrations.CreateModel(
            name="BotHits",
            fields=[
                identity(),
                ("day", models.DateField()),
                ("domain", models.CharField(help_text="the host, empty where none was told", max_length=253)),
                ("hits", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "bot hits",
                "ordering": ("-day", "domain"),
                "constraints": [models.UniqueConstraint(fields=("day", "domain"), name="bot_hits_once")],
            },
        ),
        migrations.AddField(
            model_name="blogview",
            name="view_key",
            field=models.UUIDField(
                editable=False,
                help_text="digest of the application and the view_id it gave, where it gave one",
                null=True,
            ),
        ),
        migrations.AddConstraint(
            model_name="blogview",
            constraint=models.UniqueConstraint(
                condition=models.Q(("view_key__isnull", False)), fields=("view_key",), name="view_id_once"
            ),
        ),
        migrations.RunPython(forwards, backwards, elidable=False),
    ]
