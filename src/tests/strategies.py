"""Hypothesis strategies for random input."""

from datetime import date, timedelta

import numpy as np
from hypothesis import strategies as st

from tally.columns import Entries
from tally.counts import Counts
from tally.registers import RegisterEntries
from tally.span import CALENDAR_END, CALENDAR_START, Span
from tally.where import And, InGroups, InMembers, Not, Or, Where

days = st.dates(CALENDAR_START, CALENDAR_END - timedelta(days=1))
some_days = st.dates(date(2019, 11, 1), date(2026, 3, 1))
ids = st.one_of(st.integers(1, 300), st.integers(1, 2**63 - 1))
counts = st.dictionaries(ids, st.one_of(st.integers(1, 300), st.integers(1, 2**40)), max_size=30).map(
    lambda found: Counts.of(found.keys(), found.values())
)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    start = draw(some_days)
    return Span(start, start + timedelta(days=draw(st.integers(0, 2000))))


facts = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4), ids, st.integers(1, 5)), max_size=60)
"""Part, country, blog and views."""


def entries(rows: list[tuple[int, int, int, int]]) -> Entries:
    columns = np.array(rows, np.int64).reshape(len(rows), 4).T
    return Entries(*columns)


edges = st.sampled_from((0, -1, 1, 1 << 52, -(1 << 52), (1 << 52) - 1, 2**63 - 1, -(2**63)))
visitors = st.one_of(
    edges,
    st.integers(-(2**63), 2**63 - 1),
    st.builds(lambda n, bit: n << 52 | 1 << bit, st.integers(0, 3), st.integers(0, 51)),
)
"""Hashes of visitors, many of them of the same registers."""
visits = st.lists(st.tuples(st.integers(0, 3), st.integers(-1, 4), visitors), max_size=60)
"""Part, group and visitor."""


def plain_register(visitor: int) -> tuple[int, int]:
    """Return the register that a hash chooses, and its value, by their definition."""
    bits = f"{visitor % 2**64:064b}"
    return int(bits[:12], 2), len(bits[12:]) - len(bits[12:].lstrip("0")) + 1


def register_entries(rows: list[tuple[int, int, int]]) -> RegisterEntries:
    """Return the registers of parts, groups and visitors."""
    return RegisterEntries.of_visitors(*np.array(rows, np.int64).reshape(len(rows), 3).T)


leaves = st.one_of(
    st.frozensets(st.integers(0, 4), min_size=1, max_size=3).map(InGroups),
    st.lists(st.integers(1, 9), min_size=1, max_size=4).map(lambda blogs: InMembers(np.unique(blogs).astype(np.int64))),
)
conditions: st.SearchStrategy[Where] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda parts: And(tuple(parts))),
        st.lists(inner, max_size=3).map(lambda parts: Or(tuple(parts))),
        inner.map(Not),
    ),
    max_leaves=8,
)


def holds(where: Where, country: int, blog: int) -> bool:
    """Return whether a condition holds, by its definition."""
    match where:
        case And(parts):
            return all(holds(part, country, blog) for part in parts)
        case Or(parts):
            return any(holds(part, country, blog) for part in parts)
        case Not(part):
            return not holds(part, country, blog)
        case InGroups(keys):
            return country in keys
        case InMembers(wanted):
            return blog in wanted
    raise AssertionError(where)
