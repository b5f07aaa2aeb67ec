"""Notes: what happened on a day, as people say it."""

from django.conf import settings
from django.db import models

from analytics.models.site import Site

MAX_NOTE = 200


class Note(models.Model):
    """A text about a day, such as "campaign began", which charts show. A note without a site is about all of them."""

    day = models.DateField(db_index=True)
    text = models.CharField(max_length=MAX_NOTE)
    site = models.ForeignKey(Site, models.CASCADE, null=True, blank=True, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="notes", editable=False
    )

    class Meta:
        ordering = ("day", "id")

    def __str__(self) -> str:
        return f"{self.day}: {self.text}"
