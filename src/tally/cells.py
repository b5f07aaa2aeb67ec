"""Cells: totals and distinct members by the keys of any columns, such as the period, the country and the author.

The planner says which rows were read, with which sign they count and what is required of their members. This module
adds them up. A key of a row follows from its part and its group; a key of an entry follows from its member.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from tally.answer import id_filter
from tally.chunks import Block, entries_of, stacked, totals_by_key
from tally.columns import Entries, combine_columns, concatenated, constant_column
from tally.counts import Ints, Mask, sum_by
from tally.plan import Selection
from tally.where import EVERYTHING, NOTHING, Where

RowKeys = Callable[[Ints, Ints], list[Ints]]
"""From the parts and groups of rows to the columns of their keys."""
MemberKeys = Callable[[Ints], list[Ints]]
"""From the members of entries to the columns of their keys."""

Regroup = Callable[[list[Ints]], list[Ints]]
"""From the columns of keys to those by which the cells are added up."""


class Piece(NamedTuple):
    """Rows that count with a sign, each with the members that the condition accepts."""

    sign: int
    block: Block
    condition: Where


@dataclass(frozen=True, slots=True)
class Cells:
    """The keys of each cell as columns, and aligned with them its total and its number of distinct members."""

    keys: tuple[Ints, ...]
    totals: Ints
    distinct: Ints

    def where(self, mask: Mask) -> Cells:
        return Cells(tuple(column[mask] for column in self.keys), self.totals[mask], self.distinct[mask])

    def __len__(self) -> int:
        return self.totals.size


def pieces_by_group(block: Block, selection: Selection) -> list[Piece]:
    """Return the wanted groups of a block that was read group by group."""
    return [Piece(1, rows, wanted) for wanted, rows in _by_condition(block, selection) if wanted != NOTHING]


def pieces_over_groups(block: Block, selection: Selection) -> list[Piece]:
    """Return what adds up to all wanted groups, from a block with ALL_GROUPS and the named groups."""
    named = [*selection.named]
    pieces = [Piece(1, block.without(named), selection.rest)]
    if selection.rest != NOTHING:
        pieces.append(Piece(-1, block.only(named), selection.rest))
    pieces += [Piece(1, rows, wanted) for wanted, rows in _by_condition(block.only(named), selection)]
    return [piece for piece in pieces if piece.condition != NOTHING]


def _by_condition(block: Block, selection: Selection) -> list[tuple[Where, Block]]:
    """Return the rows of the block by what their group requires of its members."""
    found = [(selection.rest, block.without([*selection.named]))]
    groups: dict[Where, list[int]] = {}
    for group, wanted in selection.named.items():
        groups.setdefault(wanted, []).append(group)
    found += [(wanted, block.only(own)) for wanted, own in groups.items()]
    return [(wanted, rows) for wanted, rows in found if rows.groups.size]


def cells(
    pieces: Sequence[Piece],
    row_keys: RowKeys,
    member_keys: MemberKeys | None = None,
    regroup: Regroup | None = None,
) -> Cells:
    """Return the cells that the pieces add up to, those with a total above zero, in ascending order of their keys. With
    `regroup`, the keys are changed before anything is added up, so that distinct members are right.

    Without conditions, signs and keys of members, the blocks need ids only where a key occurs in several rows.
    """
    found = [piece for piece in pieces if piece.block.groups.size]
    parts, groups = (
        np.concatenate([getattr(piece.block, name) for piece in found]) if found else np.zeros(0, np.int64)
        for name in ("parts", "groups")
    )
    columns = row_keys(parts, groups)
    if regroup and member_keys is None:
        columns = regroup(columns)
    keys, split = combine_columns([*columns, constant_column(0, parts.size)])
    if member_keys is None and all(piece.sign > 0 and piece.condition == EVERYTHING for piece in found):
        counted = totals_by_key(stacked([piece.block for piece in found]), keys)
        return _cells(split(counted.keys)[:-1], counted.totals, counted.distinct)
    entries = concatenated(_entries(found, keys)).merged(by_group=False)
    entries = entries.where(entries.weights != 0)
    if member_keys is None:
        names, totals = sum_by(entries.part, entries.weights)
        return _cells(split(names)[:-1], totals, sum_by(entries.part)[1])
    columns = split(entries.part)[:-1] + member_keys(entries.ids)
    if regroup is None:
        return _by_member_keys(columns, entries)
    keys, split = combine_columns([*regroup(columns), constant_column(0, entries.ids.size)])
    entries = replace(entries, part=keys).merged(by_group=False)  # a member of several cells counts once
    return _by_member_keys(split(entries.part)[:-1], entries)


def _entries(pieces: Sequence[Piece], keys: Ints) -> list[Entries]:
    """Return the entries of each piece by the key of their row, as the part."""
    found, start = [], 0
    for sign, block, condition in pieces:
        own = keys[start : start + block.groups.size]
        start += own.size
        entries = entries_of(block._replace(parts=own, groups=np.zeros_like(own)), id_filter(condition))
        found.append(entries if sign > 0 else replace(entries, weights=-entries.weights))
    return found


def _by_member_keys(columns: list[Ints], entries: Entries) -> Cells:
    keys, split = combine_columns([*columns, constant_column(0, entries.ids.size)])
    names, totals = sum_by(keys, entries.weights)
    return _cells(split(names)[:-1], totals, sum_by(keys)[1])


def _cells(keys: list[Ints], totals: Ints, distinct: Ints) -> Cells:
    found = Cells(tuple(keys), totals, distinct)
    return found if (totals > 0).all() else found.where(totals > 0)


def is_among(columns: Sequence[Ints], chosen: Sequence[Ints]) -> Mask:
    """Return which rows of the columns occur among the rows of `chosen`, which has as many columns.

    >>> is_among([np.array([1, 1]), np.array([5, 6])], [np.array([1]), np.array([6])]).tolist()
    [False, True]
    """
    size = columns[0].size
    keys, _ = combine_columns([np.concatenate(pair) for pair in zip(columns, chosen, strict=True)])
    return np.isin(keys[:size], keys[size:])


def united_cells(several: Sequence[Cells]) -> Cells:
    """Return the cells of several groups of pieces that have no key in common."""
    keys = zip(*(each.keys for each in several), strict=True)
    totals, distinct = (np.concatenate([getattr(each, name) for each in several]) for name in ("totals", "distinct"))
    return Cells(tuple(map(np.concatenate, keys)), totals, distinct)
