"""The generation of each dataset's summaries: whether a cached answer still holds."""

from django.db import models

from analytics.datasets import DATASETS


class Generation(models.Model):
    """A row for each `Dataset`: the number of changes of its summaries, and the last time that no day was left stale.

    Cached answers are keyed by the generation, so they are never stale and need no timeout to be right.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    number = models.BigIntegerField(default=0)
    rolled_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="generation_once_a_dataset", condition=models.Q(id__in=[dataset.id for dataset in DATASETS])
            )
        ]
