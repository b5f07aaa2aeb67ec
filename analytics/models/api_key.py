"""Applications, the API keys they own, and the hosts these keys may write for."""

from django.db import models

from analytics.models.url_fields import HostField
from analytics.sources.url_spelling import MAX_HOST


class Application(models.Model):
    """A client that sends or reads data: a site, a service or a script."""

    name = models.CharField(max_length=200, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Domain(models.Model):
    """A host that an application may write for. An application without any such row may write for every host."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="domains")
    host = HostField(max_length=MAX_HOST)

    class Meta:
        constraints = [models.UniqueConstraint(name="domain_once_an_application", fields=["application", "host"])]

    def __str__(self) -> str:
        return self.host


class ApiKey(models.Model):
    """A secret that an application shows. Only its SHA-256 is stored: the keys made here are random, so a slow hash
    would add nothing; a key brought from elsewhere has to be random too."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="keys")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(
        max_length=8, editable=False, blank=True, help_text="the first characters, to tell keys apart"
    )
    may_collect = models.BooleanField(default=True)
    may_read = models.BooleanField(default=True)
    may_query = models.BooleanField(default=False, help_text="may ask questions and read events, as a user may")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True, help_text="refused from then on; never unless given")
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.hint}… of {self.application}"
