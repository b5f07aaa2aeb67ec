"""What surrounds the inbox: ids of stored deliveries, dead letters, and tombstones of what was erased."""

from django.db import models


class StoredDelivery(models.Model):
    """A stored delivery. The transaction that stores a delivery writes this row, so that it is not stored twice."""

    id = models.UUIDField(primary_key=True)
    at = models.DateTimeField(db_index=True)


class DeadLetter(models.Model):
    """A delivery from the inbox that could not be stored, with the reason, set aside so that the others continue."""

    entry = models.CharField(max_length=40, unique=True, help_text="its id in the stream")
    payload = models.BinaryField()
    reason = models.TextField()
    set_aside_at = models.DateTimeField()

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.entry}: {self.reason[:80]}"


class Tombstone(models.Model):
    """What was erased, as the digest of a session, a viewer, a visitor's number or an address. What names it and was
    received before these times, in microseconds since 1970, is not stored any more."""

    trace = models.CharField(max_length=32, primary_key=True)
    received = models.BigIntegerField(db_index=True)
    arrived = models.BigIntegerField(db_index=True, help_text="by the clock of Redis, 0 without an inbox")
