"""What the database notes of the facts on a ClickHouse cluster. These tables are empty where there is none."""

from django.db import models
from django.utils import timezone


class UnfinishedWrite(models.Model):
    """A write of facts to the cluster that has begun: its days, one a row. The transaction that acknowledges the facts
    deletes these rows and marks the days. If the writer died, the days count as stale from `abandoned_at` on."""

    write = models.UUIDField()
    dataset = models.SmallIntegerField()
    day = models.DateField()
    abandoned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("write", "dataset", "day", name="unfinished_write_once_a_day")]


class HiddenLoad(models.Model):
    """A load of rows on the cluster that do not count: they are being moved there, or deleted from there."""

    number = models.BigIntegerField(primary_key=True)
