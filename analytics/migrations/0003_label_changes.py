"""Create the log of changed labels: titles, authors and countries of blogs, names of kinds and sessions.

Cached answers hold labels, so a change of one makes them out of date. Each change has a random token: a change that was
rolled back and the next one are never taken for each other.
"""

from django.db import migrations

from analytics.database.schema import SchemaStatement, postgres_trigger, postgres_trigger_function, run_statements

# Triggers for each statement, by name: the changes and the table.
POSTGRES_TRIGGERS = {
    "analytics_blog_created": ("INSERT OR DELETE OR TRUNCATE", "analytics_blog"),
    "analytics_country_renamed": ("INSERT OR UPDATE OR DELETE OR TRUNCATE", "analytics_country"),
    "analytics_kind_renamed": ("UPDATE OR DELETE OR TRUNCATE", "analytics_kind"),
    # A trigger that names a column forbids PostgreSQL to alter it: a migration that changes Session.name has to drop this
    # one first. Without the column it would fire for each batch of events.
    "analytics_session_renamed": ("UPDATE OF name", "analytics_session"),
    "analytics_session_deleted": ("DELETE OR TRUNCATE", "analytics_session"),
}
# Triggers for each row, by name: the change and the table.
SQLITE_TRIGGERS = {
    "analytics_blog_created": ("INSERT", "analytics_blog"),
    "analytics_blog_renamed": ("UPDATE OF id, title, author_id, created_at, url", "analytics_blog"),
    "analytics_blog_deleted": ("DELETE", "analytics_blog"),
    "analytics_country_created": ("INSERT", "analytics_country"),
    "analytics_country_renamed": ("UPDATE", "analytics_country"),
    "analytics_country_deleted": ("DELETE", "analytics_country"),
    "analytics_author_renamed": ("UPDATE OF username", "auth_user"),
    "analytics_kind_renamed": ("UPDATE OF id, category, name", "analytics_kind"),
    "analytics_kind_deleted": ("DELETE", "analytics_kind"),
    "analytics_session_renamed": ("UPDATE OF id, name", "analytics_session"),
    "analytics_session_deleted": ("DELETE", "analytics_session"),
}

LOG_CHANGE = "INSERT INTO analytics_label_change DEFAULT VALUES;"
POSTGRES = [
    SchemaStatement(
        """CREATE TABLE analytics_label_change
           (changed_at timestamp with time zone NOT NULL DEFAULT now(),
            token bigint NOT NULL DEFAULT (random() * 4294967296)::bigint)""",
        "DROP TABLE analytics_label_change",
    ),
    postgres_trigger_function("analytics_log_label_change", LOG_CHANGE),
    *[
        postgres_trigger(name, table, events, "FOR EACH STATEMENT EXECUTE FUNCTION analytics_log_label_change()")
        for name, (events, table) in POSTGRES_TRIGGERS.items()
    ],
    # No answer shows a blog's content, so it may change without making answers out of date. The body compares the
    # columns, because a trigger that names a column would forbid Django to alter it.
    postgres_trigger_function(
        "analytics_log_blog_change",
        f"""IF EXISTS (SELECT id, title, author_id, created_at, url FROM changed
                       EXCEPT SELECT id, title, author_id, created_at, url FROM before) THEN {LOG_CHANGE} END IF;""",
    ),
    postgres_trigger(
        "analytics_blog_renamed",
        "analytics_blog",
        "UPDATE",
        """REFERENCING OLD TABLE AS before NEW TABLE AS changed
           FOR EACH STATEMENT EXECUTE FUNCTION analytics_log_blog_change()""",
    ),
    # Each login also updates the row of its user.
    postgres_trigger_function(
        "analytics_log_author_change",
        f"IF OLD.username IS DISTINCT FROM NEW.username THEN {LOG_CHANGE} END IF;",
    ),
    postgres_trigger(
        "analytics_author_renamed",
        "auth_user",
        "UPDATE",
        "FOR EACH ROW EXECUTE FUNCTION analytics_log_author_change()",
    ),
]
SQLITE = [
    # SQLite has one writer, so the token of the latest change is enough.
    SchemaStatement(
        """CREATE TABLE analytics_label_change
           (id integer PRIMARY KEY CHECK (id = 1), token integer NOT NULL DEFAULT (random() & 4294967295))""",
        "DROP TABLE analytics_label_change",
    ),
    *[
        SchemaStatement(
            f"""CREATE TRIGGER {name} AFTER {change} ON {table}
                BEGIN INSERT OR REPLACE INTO analytics_label_change (id) VALUES (1); END""",
            f"DROP TRIGGER IF EXISTS {name}",
        )
        for name, (change, table) in SQLITE_TRIGGERS.items()
    ],
]


def statements(vendor):
    return {"postgresql": POSTGRES, "sqlite": SQLITE}[vendor]


class Migration(migrations.Migration):
    # After the last of auth's: on SQLite a migration that alters a table creates a new one, without its triggers.
    dependencies = [("analytics", "0002_stale_days"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [run_statements(statements)]
