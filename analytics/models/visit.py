"""Page visits, heartbeats, and the salts that hash visitors."""

from django.db import models

from analytics.models.site import Page
from analytics.sources.url_spelling import MAX_HOST

MAX_USER_AGENT = 400


class Visit(models.Model):
    """One visit of one page: the raw fact, kept for some days.

    Like the views of blogs it is cheap to write: its foreign key is not checked, and its one index is by time.
    """

    page = models.ForeignKey(Page, models.CASCADE, "visits", db_index=False, db_constraint=False)
    ip_address = models.GenericIPAddressField(null=True, blank=True)
    user_agent = models.CharField(max_length=MAX_USER_AGENT, blank=True, default="")
    visitor = models.BigIntegerField(help_text="a hash: of what the client sent as visitor, or else for this day only")
    referrer = models.CharField(max_length=MAX_HOST, blank=True, default="", help_text="the host of the page before")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(name="visit_by_time", fields=["at"])]

    def __str__(self) -> str:
        return f"page {self.page_id} at {self.at:%Y-%m-%d %H:%M:%S}"


class Heartbeat(models.Model):
    """The presence of a visitor on a page, from a visit or a later sign that the visitor is still there. Heartbeats are
    kept for some minutes, and snapshots are made of them."""

    pk = models.CompositePrimaryKey("at", "page_id", "visitor")
    at = models.BigIntegerField(help_text="microseconds since 1970")
    page_id = models.BigIntegerField()
    visitor = models.BigIntegerField()
    site_id = models.BigIntegerField()


class VisitorSalt(models.Model):
    """The salt for the hashes of a day's visitors: random, the same for every process, and deleted after the day."""

    day = models.DateField(primary_key=True)
    value = models.BinaryField()
