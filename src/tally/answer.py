"""From what was read to the lines of an answer."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from itertools import groupby
from typing import NamedTuple

import numpy as np

from tally.columns import ALL_GROUPS, UNKNOWN_GROUP, Block, Entries, IdFilter, concatenated, entries_of
from tally.counts import Counts, Ints, sum_by, types_of
from tally.growth import percent
from tally.plan import Selection
from tally.span import EVER, Grain, Span, floor
from tally.where import EVERYTHING, NARROW_ID_BYTES, InMembers, Where, accepts, conjunction

MAX_SLOTS_PER_ID = 64
"""Wide ids are counted in a table of every possible id, unless it has more than this many places an id."""


class Totals(NamedTuple):
    """Views, and distinct blogs (or, of a blog, distinct countries)."""

    total: int
    distinct: int


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One line of an answer: an id, what people call it, and its numbers."""

    key: int
    label: str
    total: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Period:
    """One line of a time series, by the first day of the period."""

    start: date
    distinct: int
    total: int
    growth: float


def by_group(blocks: Iterable[Block], selection: Selection) -> dict[int, Totals]:
    """Views and distinct blogs of each country that has any."""
    tallies: dict[int, Totals] = {}
    for condition, same in _by_condition(blocks, selection):
        tallies |= (
            _totals_of_blocks(same)
            if condition == EVERYTHING
            else _totals_of_entries(entries_of(same, id_filter(condition)))
        )
    return {country: tally for country, tally in tallies.items() if tally.total}


def by_mapped_group(blocks: Iterable[Block], groups: Mapping[int, int]) -> dict[int, Totals]:
    """As `by_group`, of countries put together, and without a condition: a blog viewed in two countries of a group is
    one. What is in no group is in UNKNOWN. The blocks hold ids."""
    return _totals_of_blocks([block._replace(group=groups.get(block.group, UNKNOWN_GROUP)) for block in blocks])


def _by_condition(blocks: Iterable[Block], selection: Selection) -> list[tuple[Where, list[Block]]]:
    """The blocks, by what is wanted of the blog in their country."""
    found: dict[int, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.group if block.group in selection.named else ALL_GROUPS, []).append(block)
    return [(selection.wanted(country), same) for country, same in found.items()]


def _totals_of_blocks(blocks: list[Block]) -> dict[int, Totals]:
    ordered = sorted(blocks, key=lambda block: block.group)
    several = ((country, list(own)) for country, own in groupby(ordered, key=lambda block: block.group))
    return {country: Totals(sum(block.total for block in own), count_distinct(own)) for country, own in several}


def _totals_of_entries(entries: Entries) -> dict[int, Totals]:
    merged = entries.merged(by_group=True)
    countries, views = sum_by(merged.group, merged.weights)
    _, blogs = sum_by(merged.group)
    return {int(c): Totals(int(v), int(b)) for c, v, b in zip(countries, views, blogs, strict=True)}


def id_filter(condition: Where) -> IdFilter | None:
    return None if condition == EVERYTHING else partial(accepts, condition)


def count_distinct(blocks: Sequence[Block]) -> int:
    """How many different blogs stand in the blocks. A block read without ids says so itself; it must be alone."""
    if len(blocks) == 1 and not blocks[0].ids:
        return blocks[0].distinct
    arrays = [np.frombuffer(block.ids, types_of(block.layout)[0]) for block in blocks]
    places = 1 << 8 * NARROW_ID_BYTES
    if any(array.itemsize > NARROW_ID_BYTES for array in arrays):
        places = 1 + max(int(array.max()) for array in arrays)
        if places > MAX_SLOTS_PER_ID * sum(array.size for array in arrays):
            return np.unique(np.concatenate([array.astype(np.int64) for array in arrays])).size
    seen = np.zeros(places, np.bool_)
    for array in arrays:
        seen[array] = True
    return int(np.count_nonzero(seen))


def merge_groups(blocks: Iterable[Block], selection: Selection) -> Entries:
    """Views by part and blog over all the countries wanted, each pair once, sorted."""
    merged = concatenated(_signed_entries(blocks, selection)).merged(by_group=False)
    return merged.where(merged.weights != 0)


def _signed_entries(blocks: Iterable[Block], selection: Selection) -> list[Entries]:
    """What is added up over all the countries wanted; what must be taken away has negative views."""
    summands = []
    ordered = sorted(blocks, key=lambda block: block.group)
    for country, own in groupby(ordered, key=lambda block: block.group):
        same = list(own)
        for sign, condition in selection.terms(country):
            entries = entries_of(same, id_filter(condition))
            summands.append(entries if sign > 0 else replace(entries, weights=-entries.weights))
    return summands


def by_part(blocks: Sequence[Block], selection: Selection) -> dict[int, Totals]:
    """Views and distinct blogs of each part that has any views, countries added up."""
    if all(block.weights == b"" for block in blocks):
        return _by_part_from_totals(blocks)
    entries = merge_groups(blocks, selection)
    numbers, views = sum_by(entries.part, entries.weights)
    blogs = np.bincount(entries.part)[numbers] if entries.part.size else numbers
    return {int(n): Totals(int(v), int(b)) for n, v, b in zip(numbers, views, blogs, strict=True)}


def _by_part_from_totals(blocks: Sequence[Block]) -> dict[int, Totals]:
    found = {}
    for part, own in groupby(sorted(blocks, key=lambda block: block.part), key=lambda block: block.part):
        same = list(own)
        found[part] = Totals(sum(block.total for block in same), count_distinct(same))
    return found


def by_member(blocks: Iterable[Block], selection: Selection) -> Counts:
    """Views of each blog over all the countries wanted."""
    entries = concatenated(_signed_entries(blocks, selection))
    return Counts.summed(entries.ids, entries.weights)


def top_candidates(counts: Counts, limit: int | None) -> Counts:
    """The blogs that may be among the first `limit` by views: those, and all with as many views as the last of them.

    >>> top_candidates(Counts.of([1, 1, 2, 3]), 2).ids.tolist()
    [1, 2, 3]
    """
    if limit is None or len(counts) <= limit:
        return counts
    bar = np.partition(counts.weights, -limit)[-limit]
    kept = counts.weights >= bar
    return Counts(counts.ids[kept], counts.weights[kept])


def groups_of_members(blocks: Iterable[Block], selection: Selection, ids: Ints) -> dict[int, int]:
    """In how many countries each of the blogs was viewed. The unknown country is not counted."""
    chosen = InMembers(ids)
    known = _by_condition((block for block in blocks if block.group != UNKNOWN_GROUP), selection)
    seen = [entries_of(same, id_filter(conjunction(chosen, condition))) for condition, same in known]
    blogs, countries = sum_by(concatenated(seen).merged(by_group=True).ids)
    return dict(zip(blogs.tolist(), countries.tolist(), strict=True))


def by_attribute(counts: Counts, authors: Ints) -> dict[int, Totals]:
    """Views and distinct blogs of each author; `authors` holds the author of each of the counts' blogs."""
    keys, views = sum_by(authors, counts.weights)
    _, blogs = sum_by(authors)
    return {int(k): Totals(int(v), int(b)) for k, v, b in zip(keys, views, blogs, strict=True)}


def top_candidate_totals(tallies: Mapping[int, Totals], limit: int | None) -> dict[int, Totals]:
    """Those that may be among the first `limit`: the rest need no label."""
    if limit is None or len(tallies) <= limit:
        return dict(tallies)
    bar = sorted((tally.total for tally in tallies.values()), reverse=True)[limit - 1]
    return {key: tally for key, tally in tallies.items() if tally.total >= bar}


def ranked_rows(
    tallies: Mapping[int, Totals], labels: Mapping[int, str], limit: int | None, nameless: str
) -> list[AnswerRow]:
    """Most views first, then by label, then by key; what has no label any more is called `nameless`."""
    found = [AnswerRow(key, labels.get(key, nameless), tally.total, tally.distinct) for key, tally in tallies.items()]
    return sorted(found, key=lambda line: (-line.total, line.label, line.key))[:limit]


def with_created(tallies: Mapping[int, Totals], spans: Sequence[Span], created: Iterable[date]) -> dict[int, Totals]:
    """The tallies of periods, with the blogs created in each in place of those viewed in it."""
    starts = [span.start for span in spans]
    born = Counter(bisect_right(starts, day) - 1 for day in created)
    return {part: Totals(tallies[part].total if part in tallies else 0, born[part]) for part in {*tallies, *born}}


def time_series(
    spans: Sequence[Span], tallies: Mapping[int, Totals], grain: Grain, fill: Span | None = None
) -> list[Period]:
    """The periods that have a tally, in order of time, each grown from the one before it in the list. A period goes by
    its first day in the calendar, also where the span asked about begins in the middle of it.

    With `fill`, those without one are there as zeros: from its start to its end, or, where it has no bounds, from the
    first period with a tally to the last. Nothing at all stays nothing.
    """
    found: list[Period] = []
    for number in _shown_parts(spans, tallies, fill):
        tally = tallies.get(number, Totals(0, 0))
        before = found[-1].total if found else 0
        found.append(
            Period(floor(spans[number].start, grain), tally.distinct, tally.total, percent(tally.total, before))
        )
    return found


def _shown_parts(spans: Sequence[Span], tallies: Mapping[int, Totals], fill: Span | None) -> Iterable[int]:
    if not fill or not tallies:
        return sorted(tallies)
    first = min(tallies) if fill.start == EVER.start else 0
    last = max(tallies) if fill.end == EVER.end else len(spans) - 1
    return range(first, last + 1)
