"""Arrange the cells of an answer as rows: with gaps, in order, with the values of their keys."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time

import numpy as np

from analytics.warehouse.flow.questions.count import CountedSpan, QuestionCounter
from analytics.warehouse.flow.questions.words import VISITORS
from tally.cells import is_among
from tally.columns import combine_columns, looked_up
from tally.counts import Ints
from tally.errors import TooManyPeriods
from tally.growth import Floats, ratios
from tally.question import CHANGE, COMPARED_ORDERS, Extra, Numbers, ResultRow, TimeUnit, Value
from tally.span import floor
from tally.where import Field

MAX_ROWS_WITH_GAPS = 10_000
HOURS_PER_PERIOD = 25
"""More than the largest key of an hour."""


class ArrangedRows:
    """The rows of an answer: their keys, their numbers, and those of the span that it is compared with."""

    def __init__(self, counter: QuestionCounter, now: CountedSpan, before: CountedSpan | None) -> None:
        self.counter, self.question, self.now, self.before = counter, counter.question, now, before
        self.keys = self._all_keys()
        self.count = self.keys[0].size if self.keys else len(now.cells)
        self._values: dict[Field, Mapping[int, Value]] = {}
        self.numbers = self._numbers(now)
        self.compared = self._numbers(before) if before else None

    def _all_keys(self) -> list[Ints]:
        keys = list(self.now.cells.keys)
        if self.before and any(word in COMPARED_ORDERS for word, _ in self.question.order_by) and keys:
            others = list(self.before.cells.keys)
            new = ~is_among(others, keys)
            keys = [np.concatenate((own, other[new])) for own, other in zip(keys, others, strict=True)]
        return self._with_gaps(keys) if Extra.GAPS in self.question.include else keys

    def _with_gaps(self, keys: list[Ints]) -> list[Ints]:
        """Return the keys with one for each period, together with each of the other keys that occur."""
        hourly = self.question.unit is TimeUnit.HOUR and Field.HOUR.value not in self.question.dimensions
        first = 2 if hourly else 1
        rest = list(zip(*(column.tolist() for column in keys[first:]), strict=True)) if len(keys) > first else [()]
        times = self._all_times(hourly)
        combinations = sorted(set(rest)) if len(keys) > first else [()]
        if len(times) * len(combinations) > MAX_ROWS_WITH_GAPS:
            raise TooManyPeriods(
                f"With gaps, the answer has {len(times) * len(combinations)} rows; at most {MAX_ROWS_WITH_GAPS} are "
                "allowed."
            )
        found = [(*moment, *other) for moment in times for other in combinations]
        return [np.array(column, np.int64) for column in zip(*found, strict=True)] if found else keys

    def _all_times(self, hourly: bool) -> list[tuple[int, ...]]:
        if not hourly:
            return [(number,) for number in range(len(self.now.spans))]
        zone = self.counter.held.zone
        return [(number, hour + 1) for number, span in enumerate(self.now.spans) for hour in zone.hours_in(span.start)]

    def _numbers(self, counted: CountedSpan) -> dict[str, Ints]:
        """Return the metrics of all rows; 0 where the span has no facts of a row."""
        own, size = list(counted.cells.keys), self.count
        joined = [np.concatenate(pair) for pair in zip(own, self.keys, strict=True)]
        combined, _ = combine_columns([*joined, np.zeros(len(counted.cells) + size, np.int64)])
        there, wanted = combined[: len(counted.cells)], combined[len(counted.cells) :]
        columns = {
            self.counter.total_metric: counted.cells.totals,
            self.counter.distinct_metric: counted.cells.distinct,
        }
        order = np.argsort(there, kind="stable")
        found = {name: looked_up(there[order], column[order], wanted) for name, column in columns.items()}
        if VISITORS in self.question.metrics:
            found[VISITORS] = counted.visitors(self.keys) if size else np.zeros(0, np.int64)
        return found

    # -- order -------------------------------------------------------------------------------------------------------

    def in_order(self) -> list[int]:
        """Return the rows in order, at least as many as are shown. Rows that are equal in `order_by` are ordered by
        their values, then by their keys."""
        rows = self._candidates()
        by_value = {field: self._ranks(field, rows) for field in self.counter.columns if field}
        columns: list[Ints | Floats] = [self.keys[place][rows] for place in reversed(range(len(self.keys)))]
        columns += reversed(list(by_value.values()))
        for word, descends in reversed(self.question.order_by):
            sortable = self._sortable(word)
            column = by_value[Field(word)] if sortable is None else sortable[rows]
            columns.append(_ranked(column, descends))
        ordered: list[int] = rows[np.lexsort(columns)].tolist() if columns else rows.tolist()
        return ordered

    def _candidates(self) -> Ints:
        """Return the rows that may be among those shown."""
        order = self.question.order_by
        if self.question.limit and order and (column := self._sortable(order[0][0])) is not None:
            return _best(column, order[0][1], self.question.offset + self.question.limit)
        return np.arange(self.count)

    def _ranks(self, field: Field, rows: Ints) -> Ints:
        """Return the rank of the value of each row among those of all; unknown values come last. Equal values have one
        rank."""
        keys, places = np.unique(self.keys[self._place(field)][rows], return_inverse=True)
        values = self._values[field] = self.counter.values_of(field, keys.tolist())
        sort_keys = [_sort_key(values.get(key)) for key in keys.tolist()]
        ranks = {sort_key: rank for rank, sort_key in enumerate(sorted(set(sort_keys)))}
        return np.array([ranks[each] for each in sort_keys], np.int64)[places]

    def _sortable(self, word: str) -> Ints | Floats | None:
        """Return the column of a metric, of the change, or of the time; None for other dimensions."""
        if word in COMPARED_ORDERS and self.compared is not None:
            now, before = (numbers[self.question.metrics[0]] for numbers in (self.numbers, self.compared))
            return now - before if word == CHANGE else ratios(now, before)
        if word == "time":
            hourly = self.question.unit is TimeUnit.HOUR
            return self.keys[0] * HOURS_PER_PERIOD + self._hours if hourly else self.keys[0]
        return self.numbers.get(word)

    @property
    def _hours(self) -> Ints:
        """The keys of the hours of a series by hours."""
        return self.keys[self._place(Field.HOUR)]

    def _place(self, field: Field) -> int:
        return self.counter.columns.index(field)

    # -- rows --------------------------------------------------------------------------------------------------------

    def row(self, number: int) -> ResultRow:
        values = tuple(self._value(field, number) for field in self.counter.fields)
        compared = {name: int(column[number]) for name, column in self.compared.items()} if self.compared else None
        return ResultRow(
            self._time(number), values, {name: int(column[number]) for name, column in self.numbers.items()}, compared
        )

    def _value(self, field: Field, number: int) -> Value:
        return self._values[field].get(int(self.keys[self._place(field)][number]))

    def _time(self, number: int) -> date | datetime | None:
        if not (unit := self.question.unit):
            return None
        start = floor(self.now.spans[int(self.keys[0][number])].start, unit.grain)
        return datetime.combine(start, time(int(self._hours[number]) - 1)) if unit is TimeUnit.HOUR else start

    def extra(self, page: Sequence[int] | None) -> ResultRow:
        """Return the totals, or what is left besides the rows of a page."""
        chosen = [column[list(page)] for column in self.keys] if page else None
        found = self._extra_numbers(self.now, chosen)
        return ResultRow(None, (), found, self._extra_numbers(self.before, chosen) if self.before else None)

    def _extra_numbers(self, counted: CountedSpan, chosen: Sequence[Ints] | None) -> Numbers:
        total, distinct, visitors = counted.extra(chosen)
        found = {self.counter.total_metric: total, self.counter.distinct_metric: distinct}
        return found | ({VISITORS: visitors} if VISITORS in self.question.metrics else {})


def _ranked(column: Ints | Floats, descends: bool) -> Ints | Floats:
    """Return a column whose order upwards is the order asked for. What is unknown comes last in both."""
    found = -column if descends else column.copy()
    np.nan_to_num(found, copy=False, nan=np.inf)
    return found


def _best(column: Ints | Floats, descends: bool, count: int) -> Ints:
    """Return the rows that may be among the first `count` by a column: those, and all that equal the last of them."""
    if column.size <= count:
        return np.arange(column.size)
    ranked = _ranked(column, descends)
    return np.flatnonzero(ranked <= np.partition(ranked, count - 1)[count - 1])


def _sort_key(value: Value) -> tuple[bool, str, float]:
    """Return by what a value is sorted: unknown ones last, numbers by size, texts by letters."""
    if isinstance(value, Mapping):
        value = value.get("title", value.get("code"))
    return value is None, "" if isinstance(value, int) else str(value), float(value) if isinstance(value, int) else 0.0
