"""Events, their sessions and kinds, the counts that triggers keep of them, their schemas, and rejected events."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from analytics.models.view import EARLIEST, LATEST
from analytics.sources.messages.events import MAX_TEXT
from analytics.sources.messages.json_schemas import BadSchema, compile_check


class Session(models.Model):
    """The session that events belong to: a number for the id that clients gave."""

    name = models.CharField(max_length=MAX_TEXT)

    class Meta:
        constraints = [models.UniqueConstraint(name="session_once", fields=["name"])]

    def __str__(self) -> str:
        return self.name


class SessionCount(models.Model):
    """The number of events of a session, kept by triggers. It has a table apart from the session, with the session's
    name, because each change of an indexed number writes to every index of its table (measured: 500 events in half the
    time)."""

    session = models.OneToOneField(Session, models.CASCADE, primary_key=True, related_name="count", db_constraint=False)
    name = models.CharField(max_length=MAX_TEXT)
    events = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(name="session_most_events", fields=["-events", "name"])]


class Kind(models.Model):
    """A kind of event: a category and a name within it."""

    category = models.CharField(max_length=MAX_TEXT)
    name = models.CharField(max_length=MAX_TEXT)

    class Meta:
        constraints = [models.UniqueConstraint(name="kind_once", fields=["category", "name"])]

    def __str__(self) -> str:
        return f"{self.category} / {self.name}"


class KindCount(models.Model):
    """The number of events of a kind, kept by triggers as the sum of several slots. On PostgreSQL a connection writes
    to a slot of its own, so that collectors do not wait for each other's transactions at one busy kind."""

    pk = models.CompositePrimaryKey("kind_id", "slot")
    kind = models.ForeignKey(Kind, models.CASCADE, "counts", db_index=False, db_constraint=False)
    slot = models.SmallIntegerField()
    events = models.BigIntegerField()


class Event(models.Model):
    """An event in a session: the raw fact of The Eye. Ids are in the order of arrival.

    `content` is a unique digest of the five fields that a client sees, so the same event is stored once. `event_key`
    is a digest of the application and the `event_id` it gave, where it gave one. The index of the time ascends, so new
    rows are added at its end (measured: a third of the cost of a descending index).
    """

    session = models.ForeignKey(Session, models.CASCADE, "facts", db_constraint=False)
    kind = models.ForeignKey(Kind, models.CASCADE, "facts", db_index=False, db_constraint=False)
    data = models.JSONField(default=dict)
    timestamp = models.DateTimeField(default=timezone.now)
    application = models.ForeignKey(
        "analytics.Application",
        models.SET_NULL,
        "events",
        null=True,
        blank=True,
        db_index=False,
        db_constraint=False,
    )
    content = models.UUIDField(unique=True, editable=False)
    event_key = models.UUIDField(null=True, editable=False)

    class Meta:
        indexes = [models.Index(name="event_time", fields=["timestamp"])]
        constraints = [
            models.UniqueConstraint(
                name="event_id_once", fields=["event_key"], condition=models.Q(event_key__isnull=False)
            ),
            models.CheckConstraint(
                name="event_timestamp_in_calendar",
                condition=models.Q(timestamp__gte=EARLIEST) & models.Q(timestamp__lt=LATEST),
            ),
        ]

    def __str__(self) -> str:
        return f"event {self.pk} at {self.timestamp:%Y-%m-%d %H:%M:%S}"


class EventSchema(models.Model):
    """The rule that `data` of a kind of event must follow. Without a rule, any object is valid."""

    category = models.CharField(max_length=MAX_TEXT)
    name = models.CharField(max_length=MAX_TEXT)
    schema = models.JSONField(help_text="JSON Schema (draft 2020-12) that `data` must satisfy")

    class Meta:
        constraints = [models.UniqueConstraint(name="rule_once_a_kind", fields=["category", "name"])]

    def __str__(self) -> str:
        return f"{self.category} / {self.name}"

    def clean(self) -> None:
        try:
            compile_check(self.schema)
        except BadSchema as error:
            raise ValidationError({"schema": str(error)}) from error


class ErrorRecord(models.Model):
    """An event that broke its rule or came from the future, stored as it was sent, with the reason."""

    application = models.ForeignKey(
        "analytics.Application", models.SET_NULL, "errors", null=True, blank=True, db_constraint=False
    )
    session_id = models.CharField(max_length=MAX_TEXT)
    category = models.CharField(max_length=MAX_TEXT)
    name = models.CharField(max_length=MAX_TEXT)
    timestamp = models.DateTimeField(help_text="when it happened, as it says")
    payload = models.JSONField(help_text="the event as it was sent")
    field = models.CharField(max_length=MAX_TEXT)
    reason = models.TextField()
    is_bot = models.BooleanField(default=False, help_text="whether a bot sent it, by its user agent")
    recorded_at = models.DateTimeField()
    content = models.UUIDField(unique=True, editable=False)

    class Meta:
        indexes = [models.Index(name="error_newest", fields=["-timestamp", "id"])]

    def __str__(self) -> str:
        return f"{self.field}: {self.reason[:80]}"
