"""Create the triggers that count events by session and by kind.

A trigger runs in the transaction that writes or deletes events, so the counts are right for every writer. Unlike the
triggers that mark stale days, these do not fire while `session_replication_role` is `replica`: who restores events in
that mode restores their counts as well. `verify_stats` counts again.
"""

from django.db import migrations

from analytics.database.schema import SchemaStatement, postgres_trigger_function, run_statements

POSTGRES = [
    # Equal counts are sorted by their keys, in the order that SQLite and Python use, whatever the locale.
    SchemaStatement(
        'ALTER TABLE analytics_sessioncount ALTER COLUMN name TYPE varchar(255) COLLATE "C"',
    ),
    # Rows are locked in the order of their ids, so that two collectors never deadlock. A session or a kind that is
    # missing was erased meanwhile: then the events being written must not stay.
    postgres_trigger_function(
        "analytics_events_added",
        """WITH written AS (SELECT session_id, count(*) AS events FROM changed GROUP BY session_id),
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
           END IF;""",
        declarations="DECLARE session_is_gone boolean; kind_is_gone boolean;",
    ),
    # A count that no longer exists is skipped: code that deletes a session may delete its count first.
    postgres_trigger_function(
        "analytics_events_removed",
        """PERFORM 1 FROM analytics_sessioncount
           WHERE session_id IN (SELECT session_id FROM changed) ORDER BY session_id FOR NO KEY UPDATE;
           UPDATE analytics_sessioncount AS counts SET events = counts.events - gone.events
           FROM (SELECT session_id, count(*) AS events FROM changed GROUP BY session_id) AS gone
           WHERE counts.session_id = gone.session_id;
           INSERT INTO analytics_kindcount AS counts (kind_id, slot, events)
           SELECT kind_id, pg_backend_pid() % 16, -count(*) FROM changed
           WHERE kind_id IN (SELECT kind_id FROM analytics_kindcount) GROUP BY kind_id ORDER BY kind_id
           ON CONFLICT (kind_id, slot) DO UPDATE SET events = counts.events + excluded.events;""",
    ),
    postgres_trigger_function(
        "analytics_events_truncated", "DELETE FROM analytics_sessioncount; DELETE FROM analytics_kindcount;"
    ),
    *[
        SchemaStatement(
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
    SchemaStatement(
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
    SchemaStatement(
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


class Migration(migrations.Migration):
    dependencies = [("analytics", "0003_label_changes")]
    operations = [run_statements(statements)]
