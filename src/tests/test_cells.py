"""Cells are what a plain loop over the entries of the pieces adds up to."""

from collections import defaultdict

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tally.cells import Piece, cells, is_among, pieces_by_group, pieces_over_groups
from tally.chunks import block_of_chunks, stacked, stored_chunks
from tally.columns import ALL_GROUPS
from tally.plan import Selection
from tally.where import EVERYTHING, And, InGroups, InMembers, Not, Or
from tests.strategies import entries, facts, holds

MEMBERS = InMembers(np.arange(0, 1000, 2))
CONDITIONS = st.recursive(
    st.one_of(st.frozensets(st.integers(0, 5), min_size=1).map(InGroups), st.just(MEMBERS)),
    lambda inner: st.one_of(
        inner.map(Not),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: Or(tuple(parts))),
    ),
    max_leaves=6,
)


def block_of(found, *, by_group):
    return block_of_chunks(list(stored_chunks(entries(found).merged(by_group=by_group))))


def plainly(found, where, key_of):
    totals, members = defaultdict(int), defaultdict(set)
    for part, group, member, weight in found:
        if holds(where, group, member):
            totals[key_of(part, group, member)] += weight
            members[key_of(part, group, member)].add(member)
    return {key: (total, len(members[key])) for key, total in totals.items()}


def as_dict(found):
    columns = [column.tolist() for column in (*found.keys, found.totals, found.distinct)]
    return {tuple(row[:-2]): (row[-2], row[-1]) for row in zip(*columns, strict=True)}


@given(facts, CONDITIONS)
def test_cells_by_group_and_over_groups_equal_a_plain_loop(found, where):
    selection, by_group = Selection.of(where), block_of(found, by_group=True)
    pieces = pieces_by_group(by_group, selection)
    by_parity = cells(pieces, lambda parts, groups: [parts, groups % 2])
    assert as_dict(by_parity) == plainly(found, where, lambda part, group, _: (part, group % 2))
    both = stacked([block_of(found, by_group=False), by_group.only([*selection.named])])
    over = cells(pieces_over_groups(both, selection), lambda parts, _: [parts])
    assert as_dict(over) == plainly(found, where, lambda part, *_: (part,))


@given(facts, CONDITIONS)
def test_cells_by_an_attribute_of_members_and_all_together_equal_a_plain_loop(found, where):
    pieces = pieces_by_group(block_of(found, by_group=True), Selection.of(where))

    def by_third(members):
        return [members % 3]

    found_cells = cells(pieces, lambda _, groups: [groups], by_third)
    assert as_dict(found_cells) == plainly(found, where, lambda _, group, member: (group, member % 3))
    together = cells(pieces, lambda _, groups: [groups], by_third, lambda columns: [])
    assert as_dict(together) == plainly(found, where, lambda *_: ())


def test_a_total_without_conditions_needs_no_entries():
    block = block_of([(0, 1, 5, 2), (1, 1, 5, 3)], by_group=True)
    bare = block._replace(ids=block.ids[:0], weights=block.weights[:0])
    assert as_dict(cells([Piece(1, bare, EVERYTHING)], lambda parts, _: [parts])) == {(0,): (2, 1), (1,): (3, 1)}
    assert len(cells([], lambda parts, groups: [parts])) == 0
    assert ALL_GROUPS not in block.groups


def test_rows_are_found_among_others_by_all_their_columns():
    columns = [np.array([1, 1, 2]), np.array([7, 8, 7])]
    assert is_among(columns, [np.array([1, 2]), np.array([8, 9])]).tolist() == [False, True, False]
