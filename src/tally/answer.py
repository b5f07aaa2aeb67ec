"""From what was read to the rows of an answer."""

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
"""Distinct wide ids are counted in a table of all possible ids, unless it has more than this many slots for each id."""


class Totals(NamedTuple):
    """A total, and the number of distinct members (of a member: of distinct groups)."""

    total: int
    distinct: int


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """One row of an answer: an id, its label, and its numbers."""

    key: int
    label: str
    total: int
    distinct: int


@dataclass(frozen=True, slots=True)
class Period:
    """One row of a time series, identified by the first day of the period."""

    start: date
    distinct: int
    total: int
    growth: float


def by_group(blocks: Iterable[Block], selection: Selection) -> dict[int, Totals]:
    """Return the totals of each group with a total above zero."""
    tallies: dict[int, Totals] = {}
    for condition, same in _by_condition(blocks, selection):
        tallies |= (
            _totals_of_blocks(same)
            if condition == EVERYTHING
            else _totals_of_entries(entries_of(same, id_filter(condition)))
        )
    return {group: tally for group, tally in tallies.items() if tally.total}


def by_mapped_group(blocks: Iterable[Block], groups: Mapping[int, int]) -> dict[int, Totals]:
    """Return the totals of groups merged by `groups`, without a condition. A member of two merged groups is distinct
    once. Groups that are not in `groups` become UNKNOWN_GROUP. The blocks must hold ids."""
    return _totals_of_blocks([block._replace(group=groups.get(block.group, UNKNOWN_GROUP)) for block in blocks])


def _by_condition(blocks: Iterable[Block], selection: Selection) -> list[tuple[Where, list[Block]]]:
    """Return the blocks by what their group requires of its members."""
    found: dict[int, list[Block]] = {}
    for block in blocks:
        found.setdefault(block.group if block.group in selection.named else ALL_GROUPS, []).append(block)
    return [(selection.wanted(group), same) for group, same in found.items()]


def _totals_of_blocks(blocks: list[Block]) -> dict[int, Totals]:
    ordered = sorted(blocks, key=lambda block: block.group)
    several = ((group, list(own)) for group, own in groupby(ordered, key=lambda block: block.group))
    return {group: Totals(sum(block.total for block in own), count_distinct(own)) for group, own in several}


def _totals_of_entries(entries: Entries) -> dict[int, Totals]:
    merged = entries.merged(by_group=True)
    groups, totals = sum_by(merged.group, merged.weights)
    _, members = sum_by(merged.group)
    return {int(c): Totals(int(v), int(b)) for c, v, b in zip(groups, totals, members, strict=True)}


def id_filter(condition: Where) -> IdFilter | None:
    return None if condition == EVERYTHING else partial(accepts, condition)


def count_distinct(blocks: Sequence[Block]) -> int:
    """Return the number of distinct ids in the blocks. A single block without ids has its number in `distinct`."""
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
    """Return the weights by part and id over all wanted groups, sorted, each pair once."""
    merged = concatenated(_signed_entries(blocks, selection)).merged(by_group=False)
    return merged.where(merged.weights != 0)


def _signed_entries(blocks: Iterable[Block], selection: Selection) -> list[Entries]:
    """Return the entries that add up to all wanted groups; subtracted ones have negative weights."""
    summands = []
    ordered = sorted(blocks, key=lambda block: block.group)
    for group, own in groupby(ordered, key=lambda block: block.group):
        same = list(own)
        for sign, condition in selection.terms(group):
            entries = entries_of(same, id_filter(condition))
            summands.append(entries if sign > 0 else replace(entries, weights=-entries.weights))
    return summands


def by_part(blocks: Sequence[Block], selection: Selection) -> dict[int, Totals]:
    """Return the totals of each part that has any, over all wanted groups."""
    if all(block.weights == b"" for block in blocks):
        return _by_part_from_totals(blocks)
    entries = merge_groups(blocks, selection)
    numbers, totals = sum_by(entries.part, entries.weights)
    members = np.bincount(entries.part)[numbers] if entries.part.size else numbers
    return {int(n): Totals(int(v), int(b)) for n, v, b in zip(numbers, totals, members, strict=True)}


def _by_part_from_totals(blocks: Sequence[Block]) -> dict[int, Totals]:
    found = {}
    for part, own in groupby(sorted(blocks, key=lambda block: block.part), key=lambda block: block.part):
        same = list(own)
        found[part] = Totals(sum(block.total for block in same), count_distinct(same))
    return found


def by_member(blocks: Iterable[Block], selection: Selection) -> Counts:
    """Return the weight of each member over all wanted groups."""
    entries = concatenated(_signed_entries(blocks, selection))
    return Counts.summed(entries.ids, entries.weights)


def top_candidates(counts: Counts, limit: int | None) -> Counts:
    """Return the members that may be among the first `limit` by weight: the first ones, and all that equal the last of
    them.

    >>> top_candidates(Counts.of([1, 1, 2, 3]), 2).ids.tolist()
    [1, 2, 3]
    """
    if limit is None or len(counts) <= limit:
        return counts
    bar = np.partition(counts.weights, -limit)[-limit]
    kept = counts.weights >= bar
    return Counts(counts.ids[kept], counts.weights[kept])


def groups_of_members(blocks: Iterable[Block], selection: Selection, ids: Ints) -> dict[int, int]:
    """Return the number of groups in which each of these members occurs. UNKNOWN_GROUP is not counted."""
    chosen = InMembers(ids)
    known = _by_condition((block for block in blocks if block.group != UNKNOWN_GROUP), selection)
    seen = [entries_of(same, id_filter(conjunction(chosen, condition))) for condition, same in known]
    members, groups = sum_by(concatenated(seen).merged(by_group=True).ids)
    return dict(zip(members.tolist(), groups.tolist(), strict=True))


def by_attribute(counts: Counts, authors: Ints) -> dict[int, Totals]:
    """Return the totals by an attribute of the members, such as the author of a blog. `authors` is aligned with the ids
    of `counts`."""
    keys, totals = sum_by(authors, counts.weights)
    _, members = sum_by(authors)
    return {int(k): Totals(int(v), int(b)) for k, v, b in zip(keys, totals, members, strict=True)}


def top_candidate_totals(tallies: Mapping[int, Totals], limit: int | None) -> dict[int, Totals]:
    """Return the totals that may be among the first `limit`. The others need no label."""
    if limit is None or len(tallies) <= limit:
        return dict(tallies)
    bar = sorted((tally.total for tally in tallies.values()), reverse=True)[limit - 1]
    return {key: tally for key, tally in tallies.items() if tally.total >= bar}


def ranked_rows(
    tallies: Mapping[int, Totals], labels: Mapping[int, str], limit: int | None, nameless: str
) -> list[AnswerRow]:
    """Return the rows with the largest totals first, then by label, then by key. `nameless` is the label of keys that
    have none."""
    found = [AnswerRow(key, labels.get(key, nameless), tally.total, tally.distinct) for key, tally in tallies.items()]
    return sorted(found, key=lambda line: (-line.total, line.label, line.key))[:limit]


def with_created(tallies: Mapping[int, Totals], spans: Sequence[Span], created: Iterable[date]) -> dict[int, Totals]:
    """Return the totals of periods with the number of members created in each instead of the distinct members."""
    starts = [span.start for span in spans]
    born = Counter(bisect_right(starts, day) - 1 for day in created)
    return {part: Totals(tallies[part].total if part in tallies else 0, born[part]) for part in {*tallies, *born}}


def time_series(
    spans: Sequence[Span], tallies: Mapping[int, Totals], grain: Grain, fill: Span | None = None
) -> list[Period]:
    """Return the periods that have totals in order of time, each with its growth over the one before it in the list. A
    period is named by the first day of its calendar bucket, even if the span begins later.

    With `fill`, periods without totals appear with zeros, from the start to the end of `fill`. If `fill` is unbounded,
    they appear between the first and the last period that has totals. If no period has totals, the list is empty.
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
