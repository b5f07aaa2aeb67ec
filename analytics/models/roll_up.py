"""The registry of roll-ups: which summaries there are, and since when each is complete."""

from django.db import models

from analytics.datasets import DATASETS
from tally.span import CALENDAR_END, CALENDAR_START


class RegisteredRollUp(models.Model):
    """A roll-up of one dataset: what its summaries are grouped by, in which zone. `number` is that of its summaries.

    Number 0 is the total by days of UTC, which every dataset has. See `tally.roll_ups.RollUp`.
    """

    pk = models.CompositePrimaryKey("dataset", "number")
    dataset = models.SmallIntegerField(choices=[(each.id, each.name) for each in DATASETS])
    number = models.SmallIntegerField()
    dimensions = models.CharField(max_length=100, help_text="joined by +; empty for the total")
    time_zone = models.CharField(max_length=100)
    is_published = models.BooleanField(
        default=False, help_text="whether DailyAnalyticsSummary shows it: views by country in the first zone"
    )
    complete_from = models.DateField(default=CALENDAR_END, help_text="the first day from which it holds every fact")
    folded_until = models.DateField(
        default=CALENDAR_START, help_text="the day before which every week, month and year that is over has a summary"
    )
    is_filling = models.BooleanField(default=False, help_text="whether older days are still to be filled")

    class Meta:
        db_table = "analytics_rollup"
        verbose_name = "roll-up"
        constraints = [
            models.UniqueConstraint(name="roll_up_once", fields=["dataset", "dimensions", "time_zone"]),
        ]
