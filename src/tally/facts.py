"""Facts as columns, and what they count up to."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tally.columns import Entries, combine_columns
from tally.counts import Ints, Mask, sum_by
from tally.registers import RegisterEntries, concatenated_registers

MICROSECONDS_A_DAY = 86_400_000_000


class FactDetail(NamedTuple):
    """What some roll-ups need to know of a fact. A store may return facts that are equal in all of it as one row.

    `unit` is a length of time in microseconds: all facts within one are of the same day and, if it matters, of the same
    hour in each zone. `contexts` says whether contexts matter.
    """

    unit: int
    contexts: bool


class FactColumns(NamedTuple):
    """Facts, one an index: the time in microseconds since 1970, the key of the dataset's main dimension, the member,
    the context and the visitor. Context and visitor are 0 where they are unknown.

    With `weights`, each index stands for so many facts. One with the weight 0 only says that there was a visitor.
    """

    times: Ints
    keys: Ints
    members: Ints
    contexts: Ints
    visitors: Ints
    weights: Ints | None = None

    @property
    def size(self) -> int:
        """The number of facts."""
        return self.times.size if self.weights is None else int(self.weights.sum())

    def where(self, mask: Mask) -> FactColumns:
        if mask.all():
            return self
        weights = None if self.weights is None else self.weights[mask]
        return FactColumns(*(column[mask] for column in self.columns))._replace(weights=weights)

    @property
    def columns(self) -> tuple[Ints, Ints, Ints, Ints, Ints]:
        """The columns that are always there."""
        return self.times, self.keys, self.members, self.contexts, self.visitors

    @property
    def utc_days(self) -> Ints:
        """The day of each fact in UTC, as its number since 1970."""
        return self.times // MICROSECONDS_A_DAY


def joined(several: list[FactColumns]) -> FactColumns:
    """Return the facts of several reads."""
    if len(several) == 1:
        return several[0]
    if not several:
        return FactColumns(*[np.zeros(0, np.int64)] * 5)
    found = FactColumns(*map(np.concatenate, zip(*(each.columns for each in several), strict=True)))
    if all(each.weights is None for each in several):
        return found
    ones = [np.ones(each.times.size, np.int64) if each.weights is None else each.weights for each in several]
    return found._replace(weights=np.concatenate(ones))


def counted(days: Ints, groups: Ints, members: Ints, weights: Ints | None = None) -> Entries:
    """Return the number of facts by day, group and member, sorted, each once."""
    if weights is not None and not weights.all():
        some = weights != 0
        days, groups, members, weights = days[some], groups[some], members[some], weights[some]
    keys, split = combine_columns((days, groups, members))
    found, sums = sum_by(keys, weights)
    part, group, ids = split(found)
    return Entries(part, group, ids, sums)


def visited(days: Ints, groups: Ints, visitors: Ints) -> RegisterEntries:
    """Return the registers of the known visitors by day and group, sorted, each once."""
    known = visitors != 0
    if not known.any():
        return concatenated_registers([])
    if known.all():
        return RegisterEntries.of_visitors(days, groups, visitors)
    return RegisterEntries.of_visitors(days[known], groups[known], visitors[known])
