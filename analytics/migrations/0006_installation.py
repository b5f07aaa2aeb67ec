"""Create the table of the installation's name, and name this installation."""

from django.db import migrations, models

import analytics.models.installation


def name_installation(apps, editor):
    apps.get_model("analytics", "Installation").objects.using(editor.connection.alias).create(id=1)


class Migration(migrations.Migration):
    dependencies = [("analytics", "0005_summaries")]
    operations = [
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("name", models.CharField(default=analytics.models.installation.new_name, max_length=32)),
            ],
            options={
                "constraints": [models.CheckConstraint(condition=models.Q(("id", 1)), name="installation_once")],
            },
        ),
        migrations.RunPython(name_installation, migrations.RunPython.noop),
    ]
