"""A question as one frozen value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tally.errors import BadQuestion
from tally.span import EVER, Grain, Span
from tally.where import EVERYTHING, Where


class By(Enum):
    """What a row of the answer stands for. Questions about views have COUNTRY, AUTHOR and BLOG, questions about events
    CATEGORY, NAME and SESSION; both have PERIOD."""

    COUNTRY = "country"
    AUTHOR = "author"
    BLOG = "blog"
    PERIOD = "period"
    CATEGORY = "category"
    NAME = "name"
    SESSION = "session"


class Metric(Enum):
    """Which blogs a period counts: those viewed in it, or those created in it."""

    VIEWED = "viewed"
    CREATED = "created"


@dataclass(frozen=True, slots=True)
class Query:
    """A question: at most `limit` rows, None for all. For periods: their grain (None: chosen by the distance of the
    first and the last matching view), whether empty periods are filled with zeros, and what is counted."""

    by: By
    span: Span = EVER
    where: Where = EVERYTHING
    limit: int | None = None
    grain: Grain | None = None
    fill: bool = False
    metric: Metric = Metric.VIEWED

    def __post_init__(self) -> None:
        if self.by is not By.PERIOD and (self.grain or self.fill or self.metric is not Metric.VIEWED):
            raise BadQuestion("only periods have a grain, gaps and a metric")


def grain_for(days: int) -> Grain:
    """Return the grain for facts whose first and last day are this many days apart.

    >>> [grain_for(days).name for days in (30, 31, 365, 366)]
    ['DAY', 'WEEK', 'WEEK', 'MONTH']
    """
    if days > 365:
        return Grain.MONTH
    return Grain.WEEK if days > 30 else Grain.DAY
