"""How far each file was imported."""

from django.db import models


class ImportCheckpoint(models.Model):
    """The beginning of a file whose views are stored. The transaction that stores the views writes this row.

    A file is recognised by its content, not by its name: a copy, a compressed copy and a grown file all begin with the
    same bytes. Older rows stay, because they identify copies of the file as it was then.
    """

    opening = models.CharField(max_length=64, help_text="SHA-256 of the first line")
    size = models.BigIntegerField(help_text="bytes from the start, unpacked")
    digest = models.CharField(max_length=64, help_text="SHA-256 of these bytes")
    lines = models.BigIntegerField(help_text="lines from the start")
    views = models.BigIntegerField(help_text="views that this transaction added")
    bots = models.BigIntegerField(help_text="page views by bots that it left out")
    name = models.CharField(max_length=255, help_text="of the file, for people")
    imported_at = models.DateTimeField()
    first_at = models.BigIntegerField(null=True, db_index=True, help_text="microseconds since 1970 of the first view")
    last_at = models.BigIntegerField(
        null=True, db_index=True, help_text="and of the last; no value without fingerprints"
    )
    fingerprints = models.BinaryField(default=b"", help_text="of the lines of the views, 8 bytes each")

    class Meta:
        ordering = ("id",)
        constraints = (models.UniqueConstraint(name="import_checkpoint_once", fields=["opening", "digest"]),)

    def __str__(self) -> str:
        return f"{self.name}, {self.lines} lines"
