"""Countries, the groups that views are counted under."""

from django.db import models
from django.db.models.functions import Upper


class Country(models.Model):
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=8, unique=True, help_text="ISO 3166-1 alpha-2, as in DE")

    class Meta:
        verbose_name_plural = "countries"
        ordering = ("code",)
        constraints = [models.UniqueConstraint(Upper("code"), name="country_code_once_in_either_case")]

    def __str__(self) -> str:
        return self.code
