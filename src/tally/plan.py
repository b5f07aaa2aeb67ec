"""From a question to what must be read: which buckets, which countries, and how much of each summary.

Of a summary, the two plain totals are nearly free, the ids cost bytes, and the views as many again. A plan asks for
no more than the answer needs: totals when each number comes from one row, ids when distinct blogs must be counted
across rows, views when blogs are filtered, ranked, or subtracted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from tally.columns import ALL_GROUPS
from tally.span import Bucket, Span, cover
from tally.where import EVERYTHING, NOTHING, Where, for_group, named_groups


class Need(IntEnum):
    """How much of each summary."""

    TOTALS = 0
    IDS = 1
    WEIGHTS = 2


@dataclass(frozen=True, slots=True)
class SummaryRead:
    """One read: buckets with the part of the answer they belong to, and countries; None is each, without ALL."""

    buckets: tuple[tuple[int, Bucket], ...]
    groups: tuple[int, ...] | None
    need: Need


@dataclass(frozen=True, slots=True)
class Selection:
    """A resolved condition, asked by country: what it wants of the blog in each country it names, and in the rest."""

    rest: Where
    named: Mapping[int, Where]

    @classmethod
    def of(cls, where: Where) -> Selection:
        named = {key: for_group(where, key) for key in sorted(named_groups(where))}
        rest = for_group(where, ALL_GROUPS)
        return cls(rest, {key: wanted for key, wanted in named.items() if wanted != rest})

    def wanted(self, country: int) -> Where:
        return self.named.get(country, self.rest)

    @property
    def about_members(self) -> bool:
        return any(wanted not in (EVERYTHING, NOTHING) for wanted in (self.rest, *self.named.values()))

    def terms(self, country: int) -> list[tuple[int, Where]]:
        """What a summary adds to the sum over all countries wanted: signs, and which of its blogs.

        All countries together count as the rest; a named country is then taken out of the rest and put in as itself.

        >>> Selection(EVERYTHING, {7: NOTHING}).terms(7)
        [(-1, And(parts=()))]
        """
        terms = [(1, self.rest)] if country == ALL_GROUPS else [(-1, self.rest), (1, self.named[country])]
        return [(sign, wanted) for sign, wanted in terms if wanted != NOTHING]

    @property
    def together(self) -> tuple[int, ...]:
        """The summaries that the sum over all countries wanted is made of."""
        return tuple(key for key in (ALL_GROUPS, *self.named) if self.terms(key))

    @property
    def apart(self) -> tuple[int, ...] | None:
        """The countries wanted, one by one; None is each."""
        if self.rest != NOTHING:
            return None
        return tuple(key for key, wanted in self.named.items() if wanted != NOTHING)


def buckets_by_part(spans: Iterable[Span]) -> list[tuple[int, Bucket]]:
    """The buckets that cover each span, numbered by the span."""
    return [(number, bucket) for number, span in enumerate(spans) for bucket in cover(span)]


def reads_over_all_groups(
    buckets: Sequence[tuple[int, Bucket]], selection: Selection, *, ranked: bool = False
) -> list[SummaryRead]:
    """What the views and distinct blogs of each part, countries added up, are made of.

    `ranked`: the answer is about single blogs, so their views are needed whatever the condition.
    """
    countries = selection.together
    subtracts = any(sign < 0 for key in countries for sign, _ in selection.terms(key))
    if ranked or selection.about_members or subtracts:
        return _one_read(buckets, countries, Need.WEIGHTS)
    if len(countries) != 1:
        return _one_read(buckets, countries, Need.IDS)
    sizes = Counter(part for part, _ in buckets)
    alone = [each for each in buckets if sizes[each[0]] == 1]
    several = [each for each in buckets if sizes[each[0]] > 1]
    return [*_one_read(alone, countries, Need.TOTALS), *_one_read(several, countries, Need.IDS)]


def reads_by_group(buckets: Sequence[tuple[int, Bucket]], selection: Selection) -> list[SummaryRead]:
    """What the views and distinct blogs of each country are made of."""
    if selection.about_members:
        return _one_read(buckets, selection.apart, Need.WEIGHTS)
    return _one_read(buckets, selection.apart, Need.TOTALS if len(buckets) == 1 else Need.IDS)


def reads_of_members_groups(buckets: Sequence[tuple[int, Bucket]], selection: Selection) -> list[SummaryRead]:
    """What tells in which countries a blog was viewed."""
    return _one_read(buckets, selection.apart, Need.IDS)


def _one_read(
    buckets: Sequence[tuple[int, Bucket]], countries: tuple[int, ...] | None, need: Need
) -> list[SummaryRead]:
    return [SummaryRead(tuple(buckets), countries, need)] if buckets and countries != () else []
