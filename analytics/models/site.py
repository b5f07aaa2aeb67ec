"""Sites, their pages, the hits of these, and the upstream services of sites."""

from django.conf import settings
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.utils import timezone

from analytics.models.url_fields import HostField
from analytics.sources.url_spelling import MAX_HOST

MAX_PATH = 600
"""The longest path, in characters of at most four bytes: an index entry of PostgreSQL holds 2,704 bytes."""
MAX_SUBJECT = 300
MIN_POLL_SECONDS = 3
"""The least number of seconds between two questions to an upstream service."""


class Site(models.Model):
    """A host whose pages are visited. The API calls it a domain."""

    host = HostField(max_length=MAX_HOST, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        blank=True,
        help_text="if set, each page that is viewed becomes a blog by this author",
    )
    blogs_created = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="how many pages became blogs on that day"
    )
    blogs_created_on = models.DateField(null=True, editable=False)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.host


class Page(models.Model):
    """A path of a site, with its latest title. Two pages may have the same title."""

    site = models.ForeignKey(Site, models.CASCADE, "pages", db_index=False)
    path = models.CharField(max_length=MAX_PATH)
    subject = models.CharField(max_length=MAX_SUBJECT, blank=True, default="")

    class Meta:
        ordering = ("id",)
        constraints = [models.UniqueConstraint(name="page_once", fields=["site", "path"])]

    def __str__(self) -> str:
        return self.path


class PageHits(models.Model):
    """The number of all visits of a page, as the sum of several slots. On PostgreSQL a connection writes to a slot of
    its own, so that collectors do not wait for each other at a busy page. The visits that were deleted since are in the
    slot DELETED, so that the other slots can be compared with the visits that are stored."""

    DELETED = -1

    pk = models.CompositePrimaryKey("page_id", "slot")
    page = models.ForeignKey(Page, models.CASCADE, "hits", db_index=False, db_constraint=False)
    slot = models.SmallIntegerField()
    hits = models.BigIntegerField()


class Upstream(models.Model):
    """An upstream service that counts the visitors of a host and is asked for them, so that they are not counted here.
    It answers in the form of Chartbeat's toppages, version 3 or the one before."""

    host = HostField(max_length=MAX_HOST, unique=True, help_text="whose visitors it knows")
    url = models.CharField(
        max_length=500,
        help_text="of its toppages, as https://api.example.com/live/toppages/v3/; apikey, host and limit are added",
        validators=[RegexValidator(r"\Ahttps?://[^\s/?#@]+(/[^\s?#]*)?\Z", "Must be an http or https URL, no query.")],
    )
    key = models.CharField(max_length=200, blank=True, default="", help_text="our key there")
    interval = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(MIN_POLL_SECONDS)], help_text="seconds between two questions"
    )
    enabled = models.BooleanField(default=True)
    asked_at = models.DateTimeField(null=True, editable=False)
    answered_at = models.DateTimeField(null=True, editable=False)
    ask_after = models.DateTimeField(
        null=True, editable=False, help_text="a question is open or a rest was asked for until then"
    )
    status = models.PositiveSmallIntegerField(
        default=0, editable=False, help_text="of its last answer; 0: there was none"
    )
    failure = models.CharField(max_length=300, blank=True, default="", editable=False)

    class Meta:
        ordering = ("host",)
        constraints = [
            models.CheckConstraint(
                name="upstream_is_not_asked_too_often", condition=models.Q(interval__gte=MIN_POLL_SECONDS)
            )
        ]

    def __str__(self) -> str:
        return self.host
