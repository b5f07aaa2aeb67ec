from django.db import models

from analytics.datasets import DATASETS


class Ledger(models.Model):
    """A row for each `Dataset`: the number of changes of its summaries, and the last time that no day was left stale.

    Cached answers are keyed by the generation, so they are never stale and need no timeout to be right.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    generation = models.BigIntegerField(default=0)
    rolled_up_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ledger_row_a_subject", condition=models.Q(id__in=[dataset.ledger for dataset in DATASETS])
            )
        ]
