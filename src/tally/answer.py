"""From what was read to the rows of an answer."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np

from tally.chunks import Block, IdFilter, entries_of, stacked, totals_by_key
from tally.columns import UNKNOWN_GROUP, Entries, concatenated
from tally.counts import Counts, Ints, int_array, sum_by
from tally.growth import percent
from tally.plan import Selection
from tally.span import EVER, Grain, Span, floor
from tally.where import EVERYTHING, InMembers, Where, accepts, conjunction


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


def by_group(block: Block, selection: Selection) -> dict[int, Totals]:
    """Return the totals of each group with a total above zero."""
    tallies: dict[int, Totals] = {}
    for condition, same in _by_condition(block, selection):
        tallies |= (
            _totals(same, same.groups)
            if condition == EVERYTHING
            else _totals_of_entries(entries_of(same, id_filter(condition)))
        )
    return {group: tally for group, tally in tallies.items() if tally.total}


def by_mapped_group(block: Block, groups: Mapping[int, int]) -> dict[int, Totals]:
    """Return the totals of groups merged by `groups`, without a condition. A member of two merged groups is distinct
    once. Groups that are not in `groups` become UNKNOWN_GROUP. The block must hold ids."""
    return _totals(block, int_array(groups.get(group, UNKNOWN_GROUP) for group in block.groups.tolist()))


def _by_condition(block: Block, selection: Selection) -> list[tuple[Where, Block]]:
    """Return the rows of the block by what their group requires of its members."""
    named = sorted(selection.named)
    rest = [(selection.rest, block.without(named))]
    return [*rest, *((selection.named[group], block.only([group])) for group in named)]


def _totals(block: Block, keys: Ints) -> dict[int, Totals]:
    columns = (column.tolist() for column in totals_by_key(block, keys))
    return {key: Totals(total, distinct) for key, total, distinct in zip(*columns, strict=True)}


def _totals_of_entries(entries: Entries) -> dict[int, Totals]:
    merged = entries.merged(by_group=True)
    groups, totals = sum_by(merged.group, merged.weights)
    _, members = sum_by(merged.group)
    return {int(c): Totals(int(v), int(b)) for c, v, b in zip(groups, totals, members, strict=True)}


def id_filter(condition: Where) -> IdFilter | None:
    return None if condition == EVERYTHING else partial(accepts, condition)


def merge_groups(block: Block, selection: Selection) -> Entries:
    """Return the weights by part and id over all wanted groups, sorted, each pair once."""
    merged = concatenated(_signed_entries(block, selection)).merged(by_group=False)
    return merged.where(merged.weights != 0)


def _signed_entries(block: Block, selection: Selection) -> list[Entries]:
    """Return the entries that add up to all wanted groups; subtracted ones have negative weights."""
    summands = []
    for group in np.unique(block.groups).tolist():
        same = block.only([group])
        for sign, condition in selection.terms(group):
            entries = entries_of(same, id_filter(condition))
            summands.append(entries if sign > 0 else replace(entries, weights=-entries.weights))
    return summands


def by_part(blocks: Sequence[Block], selection: Selection) -> dict[int, Totals]:
    """Return the totals of each part that has any, over all wanted groups. Blocks that were read to a different extent
    are of different parts."""
    if not any(block.weights.size for block in blocks):
        return {part: tally for block in blocks for part, tally in _totals(block, block.parts).items()}
    entries = merge_groups(stacked(blocks), selection)
    numbers, totals = sum_by(entries.part, entries.weights)
    members = np.bincount(entries.part)[numbers] if entries.part.size else numbers
    return {int(n): Totals(int(v), int(b)) for n, v, b in zip(numbers, totals, members, strict=True)}


def by_member(block: Block, selection: Selection) -> Counts:
    """Return the weight of each member over all wanted groups."""
    entries = concatenated(_signed_entries(block, selection))
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


def groups_of_members(block: Block, selection: Selection, ids: Ints) -> dict[int, int]:
    """Return the number of groups in which each of these members occurs. UNKNOWN_GROUP is not counted."""
    chosen = InMembers(ids)
    known = _by_condition(block.without([UNKNOWN_GROUP]), selection)
    seen = [entries_of(same, id_filter(conjunction(chosen, condition))) for condition, same in known]
    members, groups = sum_by(concatenated(seen).merged(by_group=True).ids)
    return dict(zip(members.tolist(), groups.tolist(), strict=True))


def by_attribute(counts: Counts, attributes: Ints, limit: int | None) -> dict[int, Totals]:
    """Return the totals by an attribute of the members, such as the author of a blog, that may be among the first
    `limit`. `attributes` is aligned with the ids of `counts`."""
    keys, totals = sum_by(attributes, counts.weights)
    _, members = sum_by(attributes)
    leaders = top_candidates(Counts(keys, totals), limit)
    distinct = members[np.searchsorted(keys, leaders.ids)]
    found = zip(leaders.ids.tolist(), leaders.weights.tolist(), distinct.tolist(), strict=True)
    return {key: Totals(total, members) for key, total, members in found}


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
