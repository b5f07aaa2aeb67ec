"""Create the tables. What models cannot express is in the migrations after it."""

import datetime
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

from analytics.models.int_array import IntArrayField


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "__first__"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Country",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("code", models.CharField(help_text="ISO 3166-1 alpha-2, as in DE", max_length=8, unique=True)),
            ],
            options={
                "verbose_name_plural": "countries",
                "ordering": ("code",),
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Upper("code"), name="country_code_once_in_either_case"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Blog",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("title", models.CharField(max_length=300)),
                ("content", models.TextField(blank=True, default="")),
                ("created_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
                (
                    "is_imported",
                    models.BooleanField(
                        db_default=False,
                        default=False,
                        editable=False,
                        help_text="whether import_views created it; its age is that of its first view",
                    ),
                ),
                (
                    "url",
                    models.CharField(
                        blank=True, default="", help_text="host/path; a page view of it is a blog view", max_length=600
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="blogs", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("url", ""), _negated=True), fields=("url",), name="blog_url_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DimensionValue",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "dimension",
                    models.SmallIntegerField(
                        choices=[
                            (1, "source"),
                            (2, "medium"),
                            (3, "campaign"),
                            (4, "referrer"),
                            (5, "device"),
                            (6, "browser"),
                            (7, "os"),
                            (8, "language"),
                        ]
                    ),
                ),
                ("value", models.CharField(max_length=255)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("dimension", "value"), name="dimension_value_once")],
            },
        ),
        migrations.CreateModel(
            name="Context",
            fields=[
                ("id", models.AutoField(primary_key=True, serialize=False)),
                ("source", models.BigIntegerField(default=0)),
                ("medium", models.BigIntegerField(default=0)),
                ("campaign", models.BigIntegerField(default=0)),
                ("referrer", models.BigIntegerField(default=0)),
                ("device", models.BigIntegerField(default=0)),
                ("browser", models.BigIntegerField(default=0)),
                ("os", models.BigIntegerField(default=0)),
                ("language", models.BigIntegerField(default=0)),
                (
                    "content",
                    models.UUIDField(
                        editable=False,
                        help_text="digest of the texts: a remembered id is checked by it when a view is stored",
                        null=True,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=(
                            "source",
                            "medium",
                            "campaign",
                            "referrer",
                            "device",
                            "browser",
                            "os",
                            "language",
                        ),
                        name="context_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="NewContextCount",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("new_values", models.PositiveIntegerField(default=0)),
                ("new_contexts", models.PositiveIntegerField(default=0)),
            ],
        ),
        migrations.CreateModel(
            name="BlogView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("ip_address", models.GenericIPAddressField(blank=True, null=True)),
                ("timestamp", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "view_key",
                    models.UUIDField(
                        editable=False,
                        help_text="digest of the application and the view_id it gave, where it gave one",
                        null=True,
                    ),
                ),
                (
                    "blog",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="views",
                        to="analytics.blog",
                    ),
                ),
                (
                    "viewer",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="blog_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "visitor",
                    models.BigIntegerField(
                        blank=True, help_text="64-bit hash of who viewed; distinct ones are estimated", null=True
                    ),
                ),
                (
                    "context",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="views",
                        to="analytics.context",
                    ),
                ),
                (
                    "country",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="views",
                        to="analytics.country",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("view_key__isnull", False)), fields=("view_key",), name="view_id_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("timestamp__gte", datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
                            ("timestamp__lt", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
                        ),
                        name="blogview_timestamp_in_calendar",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("blog__gt", 0), models.Q(("country__isnull", True), ("country__gt", 0), _connector="OR")
                        ),
                        name="blogview_ids_positive",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegisteredRollUp",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "dataset", "number", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("dataset", models.SmallIntegerField(choices=[(1, "views"), (2, "events")])),
                ("number", models.SmallIntegerField()),
                ("dimensions", models.CharField(help_text="joined by +; empty for the total", max_length=100)),
                ("time_zone", models.CharField(max_length=100)),
                (
                    "is_published",
                    models.BooleanField(
                        default=False,
                        help_text="whether DailyAnalyticsSummary shows it: views by country in the first zone",
                    ),
                ),
                (
                    "complete_from",
                    models.DateField(
                        default=datetime.date(2200, 1, 1), help_text="the first day from which it holds every fact"
                    ),
                ),
                (
                    "folded_until",
                    models.DateField(
                        default=datetime.date(1970, 1, 1),
                        help_text="the day before which every week, month and year that is over has a summary",
                    ),
                ),
                (
                    "is_filling",
                    models.BooleanField(default=False, help_text="whether older days are still to be filled"),
                ),
            ],
            options={
                "verbose_name": "roll-up",
                "db_table": "analytics_rollup",
                "constraints": [
                    models.UniqueConstraint(fields=("dataset", "dimensions", "time_zone"), name="roll_up_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Summary",
            fields=[
                ("groups", IntArrayField(help_text="the groups, ascending")),
                ("totals", IntArrayField(help_text="the sum of the weights of each group")),
                ("ends", IntArrayField(help_text="the place behind the last entry of each group")),
                (
                    "register_ends",
                    IntArrayField(help_text="the byte behind the registers of each group; empty without visitors"),
                ),
                ("layout", models.SmallIntegerField(help_text="version and widths of ids and weights")),
                ("ids", models.BinaryField()),
                ("weights", models.BinaryField()),
                (
                    "registers",
                    models.BinaryField(help_text="HyperLogLog registers of the visitors; see tally.registers"),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "roll_up", "grain", "start", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("roll_up", models.SmallIntegerField(help_text="the number of the registered roll-up")),
                ("grain", models.SmallIntegerField(choices=[(1, "day"), (2, "week"), (3, "month"), (4, "year")])),
                ("start", models.DateField()),
                (
                    "generation",
                    models.BigIntegerField(
                        default=0, help_text="the generation it was written in; its sketch goes by it"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "summaries",
            },
        ),
        migrations.CreateModel(
            name="PurgedSummary",
            fields=[
                ("groups", IntArrayField(help_text="the groups, ascending")),
                ("totals", IntArrayField(help_text="the sum of the weights of each group")),
                ("ends", IntArrayField(help_text="the place behind the last entry of each group")),
                (
                    "register_ends",
                    IntArrayField(help_text="the byte behind the registers of each group; empty without visitors"),
                ),
                ("layout", models.SmallIntegerField(help_text="version and widths of ids and weights")),
                ("ids", models.BinaryField()),
                ("weights", models.BinaryField()),
                (
                    "registers",
                    models.BinaryField(help_text="HyperLogLog registers of the visitors; see tally.registers"),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "roll_up", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("roll_up", models.SmallIntegerField(help_text="the number of the registered roll-up")),
                ("day", models.DateField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="EventSummary",
            fields=[
                ("groups", IntArrayField(help_text="the groups, ascending")),
                ("totals", IntArrayField(help_text="the sum of the weights of each group")),
                ("ends", IntArrayField(help_text="the place behind the last entry of each group")),
                (
                    "register_ends",
                    IntArrayField(help_text="the byte behind the registers of each group; empty without visitors"),
                ),
                ("layout", models.SmallIntegerField(help_text="version and widths of ids and weights")),
                ("ids", models.BinaryField()),
                ("weights", models.BinaryField()),
                (
                    "registers",
                    models.BinaryField(help_text="HyperLogLog registers of the visitors; see tally.registers"),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "roll_up", "grain", "start", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("roll_up", models.SmallIntegerField(help_text="the number of the registered roll-up")),
                ("grain", models.SmallIntegerField(choices=[(1, "day"), (2, "week"), (3, "month"), (4, "year")])),
                ("start", models.DateField()),
                (
                    "generation",
                    models.BigIntegerField(
                        default=0, help_text="the generation it was written in; its sketch goes by it"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "event summaries",
            },
        ),
        migrations.CreateModel(
            name="PurgedEventSummary",
            fields=[
                ("groups", IntArrayField(help_text="the groups, ascending")),
                ("totals", IntArrayField(help_text="the sum of the weights of each group")),
                ("ends", IntArrayField(help_text="the place behind the last entry of each group")),
                (
                    "register_ends",
                    IntArrayField(help_text="the byte behind the registers of each group; empty without visitors"),
                ),
                ("layout", models.SmallIntegerField(help_text="version and widths of ids and weights")),
                ("ids", models.BinaryField()),
                ("weights", models.BinaryField()),
                (
                    "registers",
                    models.BinaryField(help_text="HyperLogLog registers of the visitors; see tally.registers"),
                ),
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "roll_up", "day", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("roll_up", models.SmallIntegerField(help_text="the number of the registered roll-up")),
                ("day", models.DateField()),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Generation",
            fields=[
                ("id", models.SmallIntegerField(default=1, primary_key=True, serialize=False)),
                ("number", models.BigIntegerField(default=0)),
                ("rolled_up_at", models.DateTimeField(null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("id__in", [1, 2])), name="generation_once_a_dataset")
                ],
            },
        ),
        migrations.CreateModel(
            name="DailyAnalyticsSummary",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("date", models.DateField()),
                ("total_views", models.BigIntegerField()),
                ("unique_blogs", models.IntegerField()),
                ("layout", models.SmallIntegerField()),
                ("ids", models.BinaryField()),
            ],
            options={
                "verbose_name_plural": "daily analytics summaries",
                "db_table": "analytics_dailyanalyticssummary",
                "ordering": ("date", "country_id"),
                "managed": False,
            },
        ),
        migrations.CreateModel(
            name="Application",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200, unique=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
        ),
        migrations.CreateModel(
            name="Domain",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=253)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="domains", to="analytics.application"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("application", "host"), name="domain_once_an_application")
                ],
            },
        ),
        migrations.CreateModel(
            name="ApiKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                (
                    "hint",
                    models.CharField(
                        blank=True, editable=False, help_text="the first characters, to tell keys apart", max_length=8
                    ),
                ),
                ("may_collect", models.BooleanField(default=True)),
                ("may_read", models.BooleanField(default=True)),
                (
                    "may_query",
                    models.BooleanField(default=False, help_text="may ask questions and read events, as a user may"),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="refused from then on; never unless given", null=True),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="keys", to="analytics.application"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("name",), name="session_once")],
            },
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
            options={
                "indexes": [models.Index(fields=["-events", "name"], name="session_most_events")],
            },
        ),
        migrations.CreateModel(
            name="Kind",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("category", "name"), name="kind_once")],
            },
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
                (
                    "kind",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="counts",
                        to="analytics.kind",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "session",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts",
                        to="analytics.session",
                    ),
                ),
                ("data", models.JSONField(default=dict)),
                ("timestamp", models.DateTimeField(default=django.utils.timezone.now)),
                ("content", models.UUIDField(editable=False, unique=True)),
                ("event_key", models.UUIDField(editable=False, null=True)),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="events",
                        to="analytics.application",
                    ),
                ),
                (
                    "kind",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="facts",
                        to="analytics.kind",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["timestamp"], name="event_time")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("event_key__isnull", False)), fields=("event_key",), name="event_id_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("timestamp__gte", datetime.datetime(1970, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
                            ("timestamp__lt", datetime.datetime(2200, 1, 1, 0, 0, tzinfo=datetime.timezone.utc)),
                        ),
                        name="event_timestamp_in_calendar",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventSchema",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("schema", models.JSONField(help_text="JSON Schema (draft 2020-12) that `data` must satisfy")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("category", "name"), name="rule_once_a_kind")],
            },
        ),
        migrations.CreateModel(
            name="ErrorRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_id", models.CharField(max_length=255)),
                ("category", models.CharField(max_length=255)),
                ("name", models.CharField(max_length=255)),
                ("timestamp", models.DateTimeField(help_text="when it happened, as it says")),
                ("payload", models.JSONField(help_text="the event as it was sent")),
                ("field", models.CharField(max_length=255)),
                ("reason", models.TextField()),
                ("is_bot", models.BooleanField(default=False, help_text="whether a bot sent it, by its user agent")),
                ("recorded_at", models.DateTimeField()),
                ("content", models.UUIDField(editable=False, unique=True)),
                (
                    "application",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="errors",
                        to="analytics.application",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["-timestamp", "id"], name="error_newest")],
            },
        ),
        migrations.CreateModel(
            name="BotHits",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                ("domain", models.CharField(help_text="the host, empty if it is unknown", max_length=253)),
                ("hits", models.BigIntegerField()),
            ],
            options={
                "verbose_name_plural": "bot hits",
                "ordering": ("-day", "domain"),
                "constraints": [models.UniqueConstraint(fields=("day", "domain"), name="bot_hits_once")],
            },
        ),
        migrations.CreateModel(
            name="StoredDelivery",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="DeadLetter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("entry", models.CharField(help_text="its id in the stream", max_length=40, unique=True)),
                ("payload", models.BinaryField()),
                ("reason", models.TextField()),
                ("set_aside_at", models.DateTimeField()),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Tombstone",
            fields=[
                ("trace", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("received", models.BigIntegerField(db_index=True)),
                (
                    "arrived",
                    models.BigIntegerField(db_index=True, help_text="by the clock of Redis, 0 without an inbox"),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ImportCheckpoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opening", models.CharField(help_text="SHA-256 of the first line", max_length=64)),
                ("size", models.BigIntegerField(help_text="bytes from the start, unpacked")),
                ("digest", models.CharField(help_text="SHA-256 of these bytes", max_length=64)),
                ("lines", models.BigIntegerField(help_text="lines from the start")),
                ("views", models.BigIntegerField(help_text="views that this transaction added")),
                ("bots", models.BigIntegerField(help_text="page views by bots that it left out")),
                ("name", models.CharField(help_text="of the file, for people", max_length=255)),
                ("imported_at", models.DateTimeField()),
                (
                    "first_at",
                    models.BigIntegerField(
                        db_index=True, help_text="microseconds since 1970 of the first view", null=True
                    ),
                ),
                (
                    "last_at",
                    models.BigIntegerField(
                        db_index=True, help_text="and of the last; no value without fingerprints", null=True
                    ),
                ),
                (
                    "fingerprints",
                    models.BinaryField(default=b"", help_text="of the lines of the views, 8 bytes each"),
                ),
            ],
            options={
                "ordering": ("id",),
                "constraints": [
                    models.UniqueConstraint(fields=("opening", "digest"), name="import_checkpoint_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Site",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("host", models.CharField(max_length=253, unique=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        help_text="if set, each page that is viewed becomes a blog by this author",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "blogs_created",
                    models.PositiveIntegerField(
                        db_default=0, default=0, editable=False, help_text="how many pages became blogs on that day"
                    ),
                ),
                ("blogs_created_on", models.DateField(editable=False, null=True)),
            ],
            options={
                "ordering": ("id",),
            },
        ),
        migrations.CreateModel(
            name="Page",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "site",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="pages",
                        to="analytics.site",
                    ),
                ),
                ("path", models.CharField(max_length=600)),
                ("subject", models.CharField(blank=True, default="", max_length=300)),
            ],
            options={
                "ordering": ("id",),
                "constraints": [models.UniqueConstraint(fields=("site", "path"), name="page_once")],
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
            name="Visit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
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
                    "referrer",
                    models.CharField(blank=True, default="", help_text="the host of the page before", max_length=253),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="visit_by_time")],
            },
        ),
        migrations.CreateModel(
            name="Heartbeat",
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
            name="VisitorSalt",
            fields=[
                ("day", models.DateField(primary_key=True, serialize=False)),
                ("value", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="SnapshotTick",
            fields=[
                ("moment", models.BigIntegerField(help_text="seconds since 1970", primary_key=True, serialize=False)),
            ],
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
                ("moment", models.BigIntegerField(help_text="seconds since 1970")),
                ("visitors", models.IntegerField(help_text="distinct, over all pages")),
                ("lasting", models.BooleanField()),
                ("layout", models.SmallIntegerField()),
                ("ids", models.BinaryField()),
                ("counts", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["lasting", "moment"], name="snapshot_by_age")],
            },
        ),
        migrations.CreateModel(
            name="HourlyBaseline",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "site_id", "hour", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="baselines",
                        to="analytics.site",
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
                    models.DateTimeField(
                        editable=False, help_text="a question is open or a rest was asked for until then", null=True
                    ),
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
            name="HiddenLoad",
            fields=[("number", models.BigIntegerField(primary_key=True, serialize=False))],
        ),
        migrations.CreateModel(
            name="UnfinishedWrite",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("write", models.UUIDField()),
                ("dataset", models.SmallIntegerField()),
                ("day", models.DateField()),
                ("abandoned_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("write"), models.F("dataset"), models.F("day"), name="unfinished_write_once_a_day"
                    )
                ]
            },
        ),
        migrations.CreateModel(
            name="Note",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField(db_index=True)),
                ("text", models.CharField(max_length=200)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="notes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notes",
                        to="analytics.site",
                    ),
                ),
            ],
            options={
                "ordering": ("day", "id"),
            },
        ),
        migrations.CreateModel(
            name="SharedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=100)),
                ("digest", models.CharField(editable=False, max_length=64, unique=True)),
                ("parameters", models.TextField(blank=True, default="", help_text="the query of the page's address")),
                (
                    "filters",
                    models.JSONField(
                        editable=False, help_text="what the parameters select, as a filter tree", null=True
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="refused from then on; never unless given", null=True),
                ),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "creator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shared_views",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("-id",),
            },
        ),
        migrations.CreateModel(
            name="SiteAccess",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        help_text="to delete a group, delete its access first: its members may then see more",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="site_access",
                        to="auth.group",
                    ),
                ),
                ("sites", models.ManyToManyField(blank=True, help_text="none: nothing is shown", to="analytics.site")),
                (
                    "user",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="site_access",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "site access",
                "verbose_name_plural": "site access",
                "ordering": ("id",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("user__isnull", True), ("group__isnull", True), _connector="XOR"),
                        name="site_access_is_for_a_user_or_a_group",
                        violation_error_message="Choose a user or a group, not both.",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("user__isnull", False)), fields=("user",), name="site_access_once_a_user"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("group__isnull", False)), fields=("group",), name="site_access_once_a_group"
                    ),
                ],
            },
        ),
    ]
