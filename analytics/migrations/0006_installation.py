"""Create the table of the installation's name and secret, and name this installation.

The table is not managed by Django, so that `flush` keeps the name: processes that run use it in Redis.
"""

from django.db import migrations, models

import analytics.models.installation
from analytics.database.schema import SchemaStatement, run_statements


def statements(vendor):
    return [
        SchemaStatement(
            "CREATE TABLE analytics_installation "
            "(id smallint PRIMARY KEY CHECK (id = 1), name varchar(32) NOT NULL, secret varchar(64) NOT NULL)",
            "DROP TABLE analytics_installation",
        ),
        SchemaStatement(
            "INSERT INTO analytics_installation (id, name, secret) VALUES "
            f"(1, '{analytics.models.installation.new_name()}', '{analytics.models.installation.new_secret()}')"
        ),
    ]


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_summaries")]
    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("name", models.CharField(default=analytics.models.installation.new_name, max_length=32)),
                ("secret", models.CharField(default=analytics.models.installation.new_secret, max_length=64)),
            ],
            options={"managed": False},
        ),
        run_statements(statements),
    ]
