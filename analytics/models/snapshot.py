"""Snapshots of the active visitors of sites, and the baselines learned from them."""

from datetime import UTC, datetime

from django.db import models

from tally.counts import Counts, Packed


class SnapshotTick(models.Model):
    """A moment whose snapshots of all sites have been taken. The process that writes this row takes them, so they are
    taken once."""

    moment = models.BigIntegerField(primary_key=True, help_text="seconds since 1970")


class Snapshot(models.Model):
    """The visitors active on each page of a site at a moment: the `Counts` of page ids, packed (see `tally.counts`).

    A site without visitors has one empty snapshot, and then none. `lasting` snapshots stay when the others are deleted:
    the first of each minute, and those where a site loses its last visitor or gets visitors again.
    """

    pk = models.CompositePrimaryKey("site_id", "moment")
    site = models.ForeignKey("analytics.Site", models.CASCADE, "snapshots", db_index=False, db_constraint=False)
    moment = models.BigIntegerField(help_text="seconds since 1970")
    visitors = models.IntegerField(help_text="distinct, over all pages")
    lasting = models.BooleanField()
    layout = models.SmallIntegerField()
    ids = models.BinaryField()
    counts = models.BinaryField()

    class Meta:
        indexes = [models.Index(name="snapshot_by_age", fields=["lasting", "moment"])]

    def __str__(self) -> str:
        return f"{self.taken_at:%Y-%m-%d %H:%M:%S}: {self.visitors} visitors"

    @property
    def taken_at(self) -> datetime:
        return datetime.fromtimestamp(self.moment, UTC)

    @property
    def pages(self) -> Counts:
        return Counts.unpack(Packed(self.layout, bytes(self.ids), bytes(self.counts)))


class HourlyBaseline(models.Model):
    """The usual numbers of visitors on the pages of a site at an hour of the day: the columns of
    `tally.baseline.Baseline`, packed as 64-bit ids and 32-bit floats, little-endian."""

    pk = models.CompositePrimaryKey("site_id", "hour")
    site = models.ForeignKey("analytics.Site", models.CASCADE, "baselines", db_index=False, db_constraint=False)
    hour = models.SmallIntegerField(help_text="of the day, in UTC")
    learnt_until = models.BigIntegerField(help_text="seconds since 1970: the end of the last hour that is in it")
    pages = models.BinaryField()
    means = models.BinaryField()
    variances = models.BinaryField()
