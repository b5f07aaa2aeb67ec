"""Roll-ups: which dimensions summaries are grouped by, in which zone, and which of them answers a question.

The group of a summary is one integer. In a roll-up of one dimension it is the key of its value. In a crossed roll-up it
holds the keys of all its dimensions, each in as many bits; the first dimension is in the highest ones.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

import numpy as np

from tally.columns import ALL_GROUPS, constant_column
from tally.counts import Ints
from tally.errors import TallyError
from tally.span import CALENDAR_END, CALENDAR_START

MAX_CROSSED = 3
"""The most dimensions of a roll-up."""
KEY_BITS = 62
"""The bits that the dimensions of a crossed roll-up share."""
UTC = "UTC"
TOTAL = 0
"""The number of the roll-up without dimensions in UTC, which every dataset has."""
NO_ROLL_UP = -1
"""The number of a roll-up that is not registered: it has no summaries."""


class BadRollUp(TallyError):
    """A roll-up that cannot be declared, or whose keys do not fit."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A roll-up as it is declared: its dimensions, none for the total, and its time zone."""

    dimensions: tuple[str, ...] = ()
    zone: str = UTC

    @classmethod
    def of_text(cls, text: str, zone: str) -> Declared:
        """Return the roll-up that a `text` names.

        >>> Declared.of_text("country+device", UTC).dimensions, Declared.of_text("", UTC).dimensions
        (('country', 'device'), ())
        """
        return cls(tuple(text.split("+")) if text else (), zone)

    @property
    def text(self) -> str:
        """The dimensions as they are stored, joined by +; empty for the total."""
        return "+".join(self.dimensions)

    @property
    def name(self) -> str:
        """The dimensions in one word.

        >>> Declared(("country", "device")).name, Declared().name
        ('country+device', 'total')
        """
        return self.text or "total"


@dataclass(frozen=True, slots=True)
class RollUp:
    """A roll-up that is kept. Its summaries hold all facts from `complete_from` on, and every week, month and year that
    begins there and ends by `folded_until`. While it is `filling`, `complete_from` moves back."""

    number: int
    declared: Declared
    complete_from: date = CALENDAR_START
    folded_until: date = CALENDAR_START
    filling: bool = False

    @property
    def dimensions(self) -> tuple[str, ...]:
        return self.declared.dimensions

    @property
    def zone(self) -> str:
        return self.declared.zone

    @property
    def is_empty(self) -> bool:
        """Whether nothing was filled yet."""
        return self.complete_from == CALENDAR_END


class RollUpNumbers(NamedTuple):
    """Where a question reads: the total over all groups, and the groups."""

    total: int
    grouped: int


def parse_dimensions(text: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the dimensions that a text such as "country+device" names, in the order of `known`. Raise BadRollUp if one
    is unknown or named twice, or if there are more than MAX_CROSSED.

    >>> parse_dimensions("device+country", ["country", "source", "device"])
    ('country', 'device')
    """
    names = [name.strip() for name in text.split("+")]
    for name in names:
        if name not in known:
            raise BadRollUp(f"{name!r} is not a dimension; the dimensions are {', '.join(known)}")
    if len(set(names)) < len(names) or len(names) > MAX_CROSSED:
        raise BadRollUp(f"{text!r} must name up to {MAX_CROSSED} different dimensions")
    return tuple(sorted(names, key=known.index))


def crossed(keys: Sequence[Ints], size: int) -> Ints:
    """Return the groups of a roll-up for the keys of its dimensions, given as columns of this size. Raise BadRollUp if
    a key of a crossed roll-up has too many bits.

    >>> crossed([np.array([1, 2]), np.array([0, 3])], 2).tolist()
    [2147483648, 4294967299]
    """
    if not keys:
        return constant_column(ALL_GROUPS, size)
    if len(keys) == 1:
        return keys[0]
    bits = KEY_BITS // len(keys)
    groups: Ints = np.zeros(size, np.int64)
    for column in keys:
        if int(column.max(initial=0)) >> bits:
            raise BadRollUp(f"key {int(column.max())} does not fit a crossed roll-up of {len(keys)} dimensions")
        groups = groups << bits | column
    return groups


def uncrossed(groups: Ints, dimensions: int) -> list[Ints]:
    """Return the keys of each dimension for the groups of a roll-up of so many dimensions.

    >>> [keys.tolist() for keys in uncrossed(np.array([2147483648, 4294967299]), 2)]
    [[1, 2], [0, 3]]
    """
    if dimensions <= 1:
        return [groups] * dimensions
    bits = KEY_BITS // dimensions
    return [groups >> bits * place & (1 << bits) - 1 for place in reversed(range(dimensions))]


def smallest(roll_ups: Iterable[RollUp], dimensions: Collection[str], zone: str) -> list[RollUp]:
    """Return the roll-ups of a zone that hold all these dimensions, those with the fewest dimensions first.

    >>> kept = [RollUp(1, Declared(("country",))), RollUp(2, Declared(("country", "device")))]
    >>> [each.number for each in smallest(kept, {"device"}, "UTC")]
    [2]
    """
    wanted = set(dimensions)
    found = [each for each in roll_ups if each.zone == zone and wanted <= set(each.dimensions)]
    return sorted(found, key=lambda each: (len(each.dimensions), each.number))
