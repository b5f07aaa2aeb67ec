"""From a question to what has to be read: which buckets, which groups, and how much of each summary row.

The two totals of a row cost almost nothing, its ids cost bytes, and its weights as many again. A plan asks for no more
than the answer needs: totals if each number comes from one row, ids if distinct members are counted across rows,
weights if members are filtered, ranked or subtracted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum

from tally.columns import ALL_GROUPS
from tally.span import Bucket, Grain, Span, cover, enclosing_span
from tally.where import EVERYTHING, NOTHING, InGroups, Where, for_group, leaves, named_groups


class Need(IntEnum):
    """How much of each summary row is read."""

    TOTALS = 0
    IDS = 1
    WEIGHTS = 2


@dataclass(frozen=True, slots=True)
class SummaryRead:
    """One read: buckets, each with the part of the answer it belongs to, and groups. None means every group, without
    ALL_GROUPS."""

    buckets: tuple[tuple[int, Bucket], ...]
    groups: tuple[int, ...] | None
    need: Need


@dataclass(frozen=True, slots=True)
class Selection:
    """A condition with resolved names, arranged by group: what each named group requires of its members, and what all
    the rest require."""

    rest: Where
    named: Mapping[int, Where]

    @classmethod
    def of(cls, where: Where) -> Selection:
        """Arrange a condition. What it requires is computed once for all groups that the same leaves name."""
        rest = for_group(where, ALL_GROUPS)
        named_by_leaf = [leaf.keys for leaf in leaves(where) if isinstance(leaf, InGroups)]
        conditions: dict[tuple[bool, ...], Where] = {}
        named = {}
        for key in sorted(named_groups(where)):
            signature = tuple(key in keys for keys in named_by_leaf)
            if signature not in conditions:
                conditions[signature] = for_group(where, key)
            named[key] = conditions[signature]
        return cls(rest, {key: wanted for key, wanted in named.items() if wanted != rest})

    def wanted(self, group: int) -> Where:
        return self.named.get(group, self.rest)

    @property
    def about_members(self) -> bool:
        return any(wanted not in (EVERYTHING, NOTHING) for wanted in (self.rest, *self.named.values()))

    @property
    def subtracts(self) -> bool:
        """Whether a group is subtracted from the sum over all groups."""
        return any(sign < 0 for key in self.together for sign, _ in self.terms(key))

    def terms(self, group: int) -> list[tuple[int, Where]]:
        """Return what a row adds to the sum over all wanted groups: a sign, and the condition on its members.

        ALL_GROUPS counts like the rest. A named group is subtracted as part of the rest and added with its own
        condition.

        >>> Selection(EVERYTHING, {7: NOTHING}).terms(7)
        [(-1, And(parts=()))]
        """
        terms = [(1, self.rest)] if group == ALL_GROUPS else [(-1, self.rest), (1, self.named[group])]
        return [(sign, wanted) for sign, wanted in terms if wanted != NOTHING]

    @property
    def together(self) -> tuple[int, ...]:
        """The groups whose rows make up the sum over all wanted groups."""
        return tuple(key for key in (ALL_GROUPS, *self.named) if self.terms(key))

    @property
    def apart(self) -> tuple[int, ...] | None:
        """The wanted groups one by one; None means every group."""
        if self.rest != NOTHING:
            return None
        return tuple(key for key, wanted in self.named.items() if wanted != NOTHING)


@dataclass(frozen=True, slots=True)
class Coverage:
    """What summaries there are: inside `folded` every bucket that is completely inside has one, unless it has no facts;
    after it, single `days` do."""

    folded: Span
    days: tuple[date, ...] = ()

    @property
    def span(self) -> Span:
        """The days that can have summaries."""
        return enclosing_span([*self.folded.edges, *self.days])

    def cover(self, span: Span) -> list[Bucket]:
        """Return few buckets that hold each fact of the span once, in order of time.

        >>> until_march = Coverage(Span(date(2024, 1, 1), date(2024, 3, 2)), (date(2024, 3, 2),))
        >>> [(bucket.grain.name, bucket.start.day) for bucket in until_march.cover(Span.year(2024))]
        [('MONTH', 1), ('MONTH', 1), ('DAY', 1), ('DAY', 2)]
        """
        return [*cover(span.intersection(self.folded)), *(Bucket(Grain.DAY, day) for day in self.days if day in span)]


def buckets_by_part(spans: Iterable[Span], coverage: Coverage) -> list[tuple[int, Bucket]]:
    """Return the buckets that cover each span, with the number of the span."""
    return [(number, bucket) for number, span in enumerate(spans) for bucket in coverage.cover(span)]


def reads_over_all_groups(
    buckets: Sequence[tuple[int, Bucket]], selection: Selection, *, ranked: bool = False
) -> list[SummaryRead]:
    """Return the reads for the total and the distinct members of each part, over all wanted groups.

    With `ranked`, the answer is about single members, so weights are needed for any condition.
    """
    groups = selection.together
    if ranked or selection.about_members or selection.subtracts:
        return _one_read(buckets, groups, Need.WEIGHTS)
    if len(groups) != 1:
        return _one_read(buckets, groups, Need.IDS)
    alone, several = _by_number_of_buckets(buckets)
    return [*_one_read(alone, groups, Need.TOTALS), *_one_read(several, groups, Need.IDS)]


def reads_of_cells(
    buckets: Sequence[tuple[int, Bucket]], groups: tuple[int, ...] | None, *, weights: bool, several_rows: bool
) -> list[SummaryRead]:
    """Return the reads for cells. With `several_rows`, several groups of one part may have the same key; without it,
    only those of a part with several buckets, and the others need no ids."""
    if weights:
        return _one_read(buckets, groups, Need.WEIGHTS)
    if several_rows:
        return _one_read(buckets, groups, Need.IDS)
    alone, several = _by_number_of_buckets(buckets)
    return [*_one_read(alone, groups, Need.TOTALS), *_one_read(several, groups, Need.IDS)]


def reads_by_group(buckets: Sequence[tuple[int, Bucket]], selection: Selection) -> list[SummaryRead]:
    """Return the reads for the total and the distinct members of each group."""
    if selection.about_members:
        return _one_read(buckets, selection.apart, Need.WEIGHTS)
    return _one_read(buckets, selection.apart, Need.TOTALS if len(buckets) == 1 else Need.IDS)


def reads_of_members_groups(buckets: Sequence[tuple[int, Bucket]], selection: Selection) -> list[SummaryRead]:
    """Return the reads that show in which groups a member occurs."""
    return _one_read(buckets, selection.apart, Need.IDS)


def _by_number_of_buckets(buckets: Sequence[tuple[int, Bucket]]) -> tuple[list[tuple[int, Bucket]], ...]:
    """Return the buckets that are alone in their part, and the others."""
    sizes = Counter(part for part, _ in buckets)
    alone = [each for each in buckets if sizes[each[0]] == 1]
    return alone, [each for each in buckets if sizes[each[0]] > 1]


def _one_read(buckets: Sequence[tuple[int, Bucket]], groups: tuple[int, ...] | None, need: Need) -> list[SummaryRead]:
    return [SummaryRead(tuple(buckets), groups, need)] if buckets and groups != () else []
