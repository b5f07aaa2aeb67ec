"""What is known of a view beside its blog and country: where its reader came from, and on what device."""

from django.db import models

from analytics.datasets import ContextDimension


class DimensionValue(models.Model):
    """A value of one dimension of contexts, such as the browser Firefox. Its id is the group of summaries by this
    dimension; 0 is the group of views where nothing is known."""

    dimension = models.SmallIntegerField(choices=[(each.value, each.name.lower()) for each in ContextDimension])
    value = models.CharField(max_length=255)

    class Meta:
        constraints = [models.UniqueConstraint(name="dimension_value_once", fields=["dimension", "value"])]

    def __str__(self) -> str:
        return f"{ContextDimension(self.dimension).name.lower()} {self.value}"


class Context(models.Model):
    """The values of all dimensions together, as they occur in views. Each column is the id of a `DimensionValue`, 0
    where nothing is known.

    There are few contexts, so a view keeps one number instead of eight, and a dimension that is added later needs no
    column in the table of views. Contexts are never changed, only added.
    """

    id = models.AutoField(primary_key=True)
    source = models.BigIntegerField(default=0)
    medium = models.BigIntegerField(default=0)
    campaign = models.BigIntegerField(default=0)
    referrer = models.BigIntegerField(default=0)
    device = models.BigIntegerField(default=0)
    browser = models.BigIntegerField(default=0)
    os = models.BigIntegerField(default=0)
    language = models.BigIntegerField(default=0)
    content = models.UUIDField(
        null=True,
        editable=False,
        help_text="digest of the texts: a remembered id is checked by it when a view is stored",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(name="context_once", fields=[each.name.lower() for each in ContextDimension])
        ]

    def __str__(self) -> str:
        return f"context {self.pk}"


class NewContextCount(models.Model):
    """The number of dimension values and of contexts that views brought on a day: both are bounded. Only the row of the
    last day is kept; who adds a value or a context has it locked."""

    day = models.DateField(primary_key=True)
    new_values = models.PositiveIntegerField(default=0)
    new_contexts = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.new_contexts} contexts on {self.day}"
