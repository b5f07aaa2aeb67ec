"""Page views by bots, counted apart."""

from django.db import models


class BotHits(models.Model):
    """The number of page views by bots, counted apart, because they do not count as views."""

    day = models.DateField()
    domain = models.CharField(max_length=253, help_text="the host, empty if it is unknown")
    hits = models.BigIntegerField()

    class Meta:
        verbose_name_plural = "bot hits"
        ordering = ("-day", "domain")
        constraints = [models.UniqueConstraint(name="bot_hits_once", fields=["day", "domain"])]

    def __str__(self) -> str:
        return f"{self.day} {self.domain}: {self.hits}"
