"""Create sites and their pages, visits, the sightings and snapshots, and the upstream services."""

import django.core.validators
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("analytics", "0005_event_summaries"),
    ]

    operations = [
        migrations.CreateModel(
            name="Page",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("path", models.CharField(max_length=600)),
                ("subject", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Round",
            fields=[
                ("moment", models.BigIntegerField(help_text="seconds since 1970", primary_key=True, serialize=False)),
            ],
        ),
        migrations.CreateModel(
            name="Salt",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("value", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="Sighting",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "at", "page_id", "visitor", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("at", models.BigIntegerField(help_text="microseconds since 1970")),
                ("page_id", models.BigIntegerField()),
                ("visitor", models.BigIntegerField()),
                ("site_id", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=253, unique=True)),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="PageHits",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "page_id", "slot", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("slot", models.SmallIntegerField()),
                ("hits", models.BigIntegerField()),
                (
                    "page",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="hits",
                        to="analytics.page",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Profile",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "site_id", "hour", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("hour", models.SmallIntegerField(help_text="of the day, in UTC")),
                (
                    "learnt_until",
                    models.BigIntegerField(help_text="seconds since 1970: the end of the last hour that is in it"),
                ),
                ("pages", models.BinaryField()),
                ("means", models.BinaryField()),
                ("variances", models.BinaryField()),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="profiles",
                        to="analytics.site",
                    ),
                ),
            ],
        ),
        migrations.AddField(
            model_name="page",
            name="site",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="pages", to="analytics.site"
            ),
        ),
        migrations.CreateModel(
            name="Snapshot",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "site_id", "moment", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("moment", models.BigIntegerField(help_text="seconds since 1970")),
                ("visitors", models.IntegerField(help_text="distinct, over all pages")),
                ("lasting", models.BooleanField()),
                ("layout", models.SmallIntegerField()),
                ("ids", models.BinaryField()),
                ("counts", models.BinaryField()),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="snapshots",
                        to="analytics.site",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Upstream",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(help_text="whose visitors it knows", max_length=253, unique=True)),
                (
                    "url",
                    models.CharField(
                        help_text="of its toppages, as https://api.example.com/live/toppages/v3/; apikey, host and limit are added",
                        max_length=500,
                        validators=[
                            django.core.validators.RegexValidator(
                                "\\Ahttps?://[^\\s/?#@]+(/[^\\s?#]*)?\\Z", "Must be an http or https URL, no query."
                            )
                        ],
                    ),
                ),
                ("key", models.CharField(blank=True, default="", help_text="our key there", max_length=200)),
                (
                    "interval",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="seconds between two questions",
                        validators=[django.core.validators.MinValueValidator(3)],
                    ),
                ),
                ("enabled", models.BooleanField(default=True)),
                ("asked_at", models.DateTimeField(editable=False, null=True)),
                ("answered_at", models.DateTimeField(editable=False, null=True)),
                (
                    "ask_after",
                    models.DateTimeField(editable=False, help_text="it asked for a rest until then", null=True),
                ),
                (
                    "status",
                    models.PositiveSmallIntegerField(
                        default=0, editable=False, help_text="of its last answer; 0: there was none"
                    ),
                ),
                ("failure", models.CharField(blank=True, default="", editable=False, max_length=300)),
            ],
            options={
                "ordering": ("host",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("interval__gte", 3)), name="upstream_is_not_asked_too_often"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ip_address", models.GenericIPAddressField(blank=True, null=True)),
                ("user_agent", models.CharField(blank=True, default="", max_length=400)),
                (
                    "visitor",
                    models.BigIntegerField(
                        help_text="a hash: of what the client sent as visitor, or else for this day only"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "page",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visits",
                        to="analytics.page",
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="page",
            constraint=models.UniqueConstraint(fields=("site", "path"), name="page_once"),
        ),
        migrations.AddIndex(
            model_name="snapshot",
            index=models.Index(fields=["lasting", "moment"], name="snapshot_by_age"),
        ),
        migrations.AddIndex(
            model_name="visit",
            index=models.Index(fields=["at"], name="visit_by_time"),
        ),
    ]
