"""Summaries of views and events, what purges left of them, and the published view `DailyAnalyticsSummary`."""

from typing import Any

from django.db import models
from django.dispatch import Signal

from analytics.models.int_array import IntArrayField
from tally.chunks import Directory, StoredChunk, block_of_chunks
from tally.counts import Counts, Packed, int_array
from tally.span import Grain


class ChunkRow(models.Model):
    """A chunk: the `Counts` of all groups of one bucket of time, and the visitors of each group. `groups`, `totals`,
    `ends` and `register_ends` are its directory; `ids`, `weights` and `registers` hold all groups one after the other;
    see `tally.chunks`.

    `RegisteredRollUp` says what a group is, `analytics.datasets` what a member is: of views a blog, of events a
    session. A group is a key, or UNKNOWN_GROUP (0), or ALL_GROUPS (-1).
    """

    groups = IntArrayField(help_text="the groups, ascending")
    totals = IntArrayField(help_text="the sum of the weights of each group")
    ends = IntArrayField(help_text="the place behind the last entry of each group")
    register_ends = IntArrayField(help_text="the byte behind the registers of each group; empty without visitors")
    layout = models.SmallIntegerField(help_text="version and widths of ids and weights")
    ids = models.BinaryField()
    weights = models.BinaryField()
    registers = models.BinaryField(help_text="HyperLogLog registers of the visitors; see tally.registers")

    class Meta:
        abstract = True

    @property
    def counts(self) -> dict[int, Counts]:
        """The counts by group."""
        directory = Directory(*map(int_array, (self.groups, self.totals, self.ends)))
        packed = Packed(self.layout, bytes(self.ids), bytes(self.weights))
        block = block_of_chunks([StoredChunk(0, directory, packed)])
        return {group: block.only([group]).counts() for group in self.groups}


class SummaryChunk(ChunkRow):
    """A day, week, month or year of one roll-up. Weeks, months and years are there once they are over."""

    pk = models.CompositePrimaryKey("roll_up", "grain", "start")
    roll_up = models.SmallIntegerField(help_text="the number of the registered roll-up")
    grain = models.SmallIntegerField(choices=[(grain.value, grain.name.lower()) for grain in Grain])
    start = models.DateField()
    generation = models.BigIntegerField(default=0, help_text="the generation it was written in; its sketch goes by it")

    class Meta:
        abstract = True


class Summary(SummaryChunk):
    """A summary of views, from which questions about views are answered."""

    class Meta:
        verbose_name_plural = "summaries"


class EventSummary(SummaryChunk):
    """A summary of events, from which questions about events are answered."""

    class Meta:
        verbose_name_plural = "event summaries"


class PurgedDay(ChunkRow):
    """What one roll-up counted of the facts that a purge deleted from a day. The summary of the day is the sum of these
    counts and those of the facts that are still stored."""

    pk = models.CompositePrimaryKey("roll_up", "day")
    roll_up = models.SmallIntegerField(help_text="the number of the registered roll-up")
    day = models.DateField()

    class Meta:
        abstract = True


class PurgedSummary(PurgedDay):
    """The counts of purged views."""


class PurgedEventSummary(PurgedDay):
    """The counts of purged events."""


summaries_dropped = Signal()
"""Sent with `days` when daily summaries are deleted through `DailyAnalyticsSummary`."""


class Deletable(models.QuerySet[Any]):
    """A queryset that refuses to write: summaries follow the facts, and one written by hand would be wrong. Summaries
    can be deleted: their days become stale as a whole, and the next roll-up makes them again."""

    def refuse(self, *args: object, **kwargs: object) -> Any:
        raise TypeError("Daily summaries are written by precalculate_stats. Change the facts, then run it.")

    create = bulk_create = update = bulk_update = get_or_create = update_or_create = refuse

    def delete(self) -> tuple[int, dict[str, int]]:
        """Delete these summaries, with the others of their days. Return the number of objects of this queryset."""
        deleted, days = self.count(), sorted(set(self.order_by().values_list("date", flat=True)))
        summaries_dropped.send(DailyAnalyticsSummary, days=days)
        return deleted, {DailyAnalyticsSummary._meta.label: deleted} if deleted else {}


class DailyAnalyticsSummary(models.Model):
    """The day grain of `Summary` by its published name: one object per date and country that has views.

    A database view over the day chunks; the unknown country is None, as in the facts.
    """

    id = models.BigIntegerField(primary_key=True)
    date = models.DateField()
    country = models.ForeignKey("analytics.Country", models.DO_NOTHING, null=True, db_constraint=False)
    total_views = models.BigIntegerField()
    unique_blogs = models.IntegerField()
    layout = models.SmallIntegerField()
    ids = models.BinaryField()

    objects = Deletable.as_manager()

    class Meta:
        managed = False
        verbose_name_plural = "daily analytics summaries"
        db_table = "analytics_dailyanalyticssummary"
        ordering = ("date", "country_id")

    def __str__(self) -> str:
        return f"{self.date}: {self.total_views} views of {self.unique_blogs} blogs"

    def save(self, *args: object, **kwargs: object) -> None:
        type(self).objects.all().refuse()

    def delete(self, *args: object, **kwargs: object) -> tuple[int, dict[str, int]]:
        deleted: tuple[int, dict[str, int]] = type(self).objects.filter(pk=self.pk).delete()
        return deleted

    @property
    def blog_ids(self) -> list[int]:
        """Return the ids of the blogs viewed, ascending."""
        ids: list[int] = Packed(self.layout, bytes(self.ids), b"").id_array().tolist()
        return ids
