"""A question of the query language, and its answer, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from tally.errors import BadQuestion
from tally.span import EVER, Grain, Span
from tally.where import EVERYTHING, Where


class TimeUnit(Enum):
    """The length of the periods of a time series."""

    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    @property
    def grain(self) -> Grain:
        """The grain of the buckets that a period consists of. Hours are read from days."""
        return Grain.DAY if self is TimeUnit.HOUR else Grain[self.name]


class Comparison(Enum):
    """The span that an answer is compared with, where it follows from the span of the question."""

    PREVIOUS = "previous"
    YEAR_BEFORE = "year_before"


class Extra(Enum):
    """What an answer holds beside its rows."""

    TOTALS = "totals"
    OTHER = "other"
    GAPS = "gaps"


CHANGE = "change"
"""The word for an order by the change of the first metric against the compared span."""
GROWTH = "growth"
"""The word for an order by the same change in relation to the compared span, as its percentage is."""
COMPARED_ORDERS = (CHANGE, GROWTH)
"""The orders of a question that compares: they have a row also for what only the compared span has."""
MAX_DIMENSIONS = 2
"""The most dimensions of a question, beside the time."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one dataset. `dimensions` and `metrics` are words of the language; `unit` is the time
    dimension. `order_by` holds dimensions ("time" among them), metrics, CHANGE or GROWTH, each with whether it
    descends."""

    dataset: str
    metrics: tuple[str, ...]
    span: Span = EVER
    time_zone: str = "UTC"
    unit: TimeUnit | None = None
    dimensions: tuple[str, ...] = ()
    where: Where = EVERYTHING
    compare: Comparison | Span | None = None
    order_by: tuple[tuple[str, bool], ...] = ()
    limit: int | None = None
    offset: int = 0
    include: frozenset[Extra] = frozenset()

    def __post_init__(self) -> None:
        if len(self.dimensions) > MAX_DIMENSIONS:
            raise BadQuestion(f"at most {MAX_DIMENSIONS} dimensions beside the time")
        if not self.metrics:
            raise BadQuestion("at least one metric")


Value = Mapping[str, str | int | None] | str | int | None
"""A value of a dimension as the language says it: a text, a number, None for unknown, or an object such as
{"code": "DE", "name": "Germany"}."""
Numbers = Mapping[str, int]
"""Values by metric."""


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One row: the period, the value of each dimension, the numbers, and those of the span it is compared with. The
    period is its first day, or its first hour as a local time without a zone."""

    time: date | datetime | None
    values: tuple[Value, ...]
    numbers: Numbers
    compared: Numbers | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """An answer. `totals` are over everything that matches, `other` over the rows that the limit cut off. `partial`
    holds the periods that are not over, `compared_span` the days of the comparison."""

    rows: tuple[ResultRow, ...]
    roll_up: str
    as_of: datetime | None
    pending_days: int
    rows_before_limit: int
    totals: ResultRow | None = None
    other: ResultRow | None = None
    partial: tuple[date | datetime, ...] = ()
    compared_span: Span | None = None
    standard_errors: Mapping[str, float] = field(default_factory=dict)


class NotHeld(Exception):
    """The summaries do not hold an exact answer. `reason` says why, `remedy` what would make the question answerable,
    and `declare` the roll-up or the zone that would have to be declared, where there is one."""

    def __init__(self, reason: str, remedy: str, declare: str | None = None) -> None:
        super().__init__(f"{reason} {remedy}")
        self.reason, self.remedy, self.declare = reason, remedy, declare
