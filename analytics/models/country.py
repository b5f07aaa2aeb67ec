from django.db import models


class Country(models.Model):
    name = models.CharField(max_length=100)
    code = models.CharField(max_length=8, unique=True, help_text="ISO 3166-1 alpha-2, as in DE")

    class Meta:
        verbose_name_plural = "countries"
        ordering = ("code",)

    def __str__(self) -> str:
        return self.code
