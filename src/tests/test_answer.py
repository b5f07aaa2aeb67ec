"""Answers from chunks equal a plain loop over the entries."""

from collections import defaultdict
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally import answer, plan
from tally.answer import AnswerRow, Totals
from tally.chunks import block_of_chunks, stacked, stored_chunks
from tally.columns import ALL_GROUPS, UNKNOWN_GROUP
from tally.counts import Counts, Packed
from tally.errors import BadQuestion
from tally.growth import percent
from tally.plan import Need, Selection
from tally.query import By, Metric, Query
from tally.span import Bucket, Grain, Span, periods
from tally.where import EVERYTHING, InGroups, Not
from tests.strategies import conditions, entries, holds

facts = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 9), st.integers(1, 5)), max_size=40)
"""Part, country, blog and views."""


class SummariesInMemory:
    """Summaries in memory: each part is one or two buckets, split by the parity of the blog's id."""

    def __init__(self, found, split):
        self.rows = defaultdict(list)
        for row in found:
            self.rows[row[0], row[2] % 2 if split else 0].append(row)
        self.buckets = [(part, self.bucket(part, half)) for part in range(4) for half in range(1 + split)]

    @staticmethod
    def bucket(part, half):
        return Bucket(Grain.DAY, date(2024, 1, 1 + 2 * part + half))

    def read(self, reads):
        return [stacked([self.block(read, *each) for each in read.buckets]) for read in reads]

    def block(self, read, part, bucket):
        half = bucket.start.day - 1 - 2 * part
        merged = [entries(self.rows[part, half]).merged(by_group=each) for each in (True, False)]
        stored = [chunk for each in merged for chunk in stored_chunks(each)]
        whole = stacked([block_of_chunks([self.only(chunk, read.need)]) for chunk in stored])
        return whole.without([ALL_GROUPS]) if read.groups is None else whole.only(read.groups)

    @staticmethod
    def only(chunk, need):
        """Return the chunk with no more than was asked for."""
        layout, ids, weights = chunk.packed
        packed = Packed(layout, ids if need >= Need.IDS else b"", weights if need >= Need.WEIGHTS else b"")
        return chunk._replace(packed=packed)


def matching(found, where):
    return [row for row in found if holds(where, row[1], row[2])]


def tallied(found, key, what):
    views, seen = defaultdict(int), defaultdict(set)
    for row in found:
        views[row[key]] += row[3]
        seen[row[key]].add(row[what])
    return {group: (views[group], len(seen[group])) for group in views}


@given(facts, conditions, st.booleans())
def test_by_part_equals_a_plain_loop(found, where, split):
    summaries, selection = SummariesInMemory(found, split), Selection.of(where)
    tallies = answer.by_part(summaries.read(plan.reads_over_all_groups(summaries.buckets, selection)), selection)
    assert tallies == tallied(matching(found, where), 0, 2)


@given(facts, conditions, st.booleans())
def test_by_country_equals_a_plain_loop(found, where, split):
    summaries, selection = SummariesInMemory([(0, *row[1:]) for row in found], split), Selection.of(where)
    buckets = [each for each in summaries.buckets if each[0] == 0]
    tallies = answer.by_group(stacked(summaries.read(plan.reads_by_group(buckets, selection))), selection)
    assert tallies == tallied(matching(found, where), 1, 2)


@given(facts, st.frozensets(st.integers(0, 4), min_size=1).map(InGroups), st.booleans())
def test_by_group_a_blog_in_two_countries_of_a_group_is_one(found, where, split):
    summaries, selection = SummariesInMemory([(0, *row[1:]) for row in found], split), Selection.of(where)
    buckets = [each for each in summaries.buckets if each[0] == 0]
    block = stacked(summaries.read(plan.reads_of_members_groups(buckets, selection)))
    groups = {1: 8, 2: 8, 3: 9}
    regrouped = [(part, groups.get(country, UNKNOWN_GROUP), *row) for part, country, *row in matching(found, where)]
    assert answer.by_mapped_group(block, groups) == tallied(regrouped, 1, 2)


@given(facts, conditions, st.booleans())
def test_by_blog_and_the_countries_of_blogs_equal_a_plain_loop(found, where, split):
    found = [(0, *row[1:]) for row in found]
    summaries, selection = SummariesInMemory(found, split), Selection.of(where)
    buckets = [each for each in summaries.buckets if each[0] == 0]
    counts = answer.by_member(
        stacked(summaries.read(plan.reads_over_all_groups(buckets, selection, ranked=True))), selection
    )
    expected = tallied(matching(found, where), 2, 1)
    assert dict(zip(counts.ids.tolist(), counts.weights.tolist(), strict=True)) == {
        blog: views for blog, (views, _) in expected.items()
    }
    known = tallied([row for row in matching(found, where) if row[1] != UNKNOWN_GROUP], 2, 1)
    chosen = counts.ids[:3]
    countries = answer.groups_of_members(
        stacked(summaries.read(plan.reads_of_members_groups(buckets, selection))), selection, chosen
    )
    assert countries == {blog: known[blog][1] for blog in chosen.tolist() if blog in known}


def test_what_one_row_answers_is_not_unpacked():
    selection = Selection.of(EVERYTHING)
    one = [(0, Bucket(Grain.YEAR, date(2024, 1, 1)))]
    assert [read.need for read in plan.reads_over_all_groups(one, selection)] == [Need.TOTALS]
    assert [read.need for read in plan.reads_by_group(one, selection)] == [Need.TOTALS]
    two = [*one, (0, Bucket(Grain.YEAR, date(2025, 1, 1)))]
    assert [read.need for read in plan.reads_over_all_groups(two, selection)] == [Need.IDS]
    assert [read.need for read in plan.reads_over_all_groups(two, selection, ranked=True)] == [Need.WEIGHTS]


def test_all_but_one_country_is_read_as_two_rows_not_as_all_others():
    selection = Selection.of(Not(InGroups(frozenset({7}))))
    (read,) = plan.reads_over_all_groups([(0, Bucket(Grain.YEAR, date(2024, 1, 1)))], selection)
    assert (read.groups, read.need) == ((ALL_GROUPS, 7), Need.WEIGHTS)


def test_one_country_is_read_alone():
    selection = Selection.of(InGroups(frozenset({7})))
    (read,) = plan.reads_over_all_groups([(0, Bucket(Grain.YEAR, date(2024, 1, 1)))], selection)
    assert (read.groups, read.need) == ((7,), Need.TOTALS)


def test_lines_come_by_views_then_label_then_key_and_the_nameless_are_named():
    tallies = {1: Totals(5, 1), 2: Totals(5, 1), 3: Totals(9, 1), 4: Totals(5, 2)}
    found = answer.ranked_rows(tallies, {1: "b", 2: "a", 3: "z"}, None, "Unknown")
    assert [(line.key, line.label) for line in found] == [(3, "z"), (4, "Unknown"), (2, "a"), (1, "b")]
    assert answer.ranked_rows(tallies, {}, 1, "?") == [AnswerRow(3, "?", 9, 1)]


def test_leaders_keep_everyone_as_good_as_the_last():
    counts = Counts.of([1, 2, 3, 4], [9, 5, 5, 1])
    assert answer.top_candidates(counts, 2).ids.tolist() == [1, 2, 3]
    assert answer.top_candidates(counts, 9) is counts


def test_authors_add_up_the_blogs_they_have():
    counts, authors = Counts.of([1, 2, 3, 4], [4, 5, 6, 6]), np.array([8, 8, 0, 9])
    assert answer.by_attribute(counts, authors, None) == {8: Totals(9, 2), 0: Totals(6, 1), 9: Totals(6, 1)}
    assert answer.by_attribute(counts, authors, 1) == {8: Totals(9, 2)}
    assert answer.by_attribute(counts, authors, 2) == answer.by_attribute(counts, authors, None)


JANUARY = periods(Span(date(2024, 1, 3), date(2024, 4, 2)), Grain.MONTH)


def test_a_period_goes_by_its_first_day_and_grows_from_the_row_before():
    found = answer.time_series(JANUARY, {0: Totals(10, 1), 2: Totals(15, 2)}, Grain.MONTH)
    assert [(str(each.start), each.total, each.growth) for each in found] == [
        ("2024-01-01", 10, 0.0),
        ("2024-03-01", 15, 50.0),
    ]


def test_gaps_are_filled_over_the_span_or_between_what_there_is():
    tallies = {1: Totals(4, 1)}
    bounded = answer.time_series(JANUARY, tallies, Grain.MONTH, Span(date(2024, 1, 3), date(2024, 4, 2)))
    assert [each.total for each in bounded] == [0, 4, 0, 0]
    unbounded = answer.time_series(JANUARY, tallies, Grain.MONTH, Query(By.PERIOD).span)
    assert [each.total for each in unbounded] == [4]
    assert answer.time_series(JANUARY, {}, Grain.MONTH, Query(By.PERIOD).span) == []


def test_created_blogs_stand_where_viewed_ones_did_and_make_a_period_of_their_own():
    born = answer.with_created({0: Totals(7, 3)}, JANUARY, [date(2024, 1, 31), date(2024, 2, 1), date(2024, 2, 29)])
    assert born == {0: Totals(7, 1), 1: Totals(0, 2)}


def test_growth_from_nothing_is_nothing():
    assert (percent(7, 0), percent(0, 7), percent(2, 3)) == (0.0, -100.0, -33.33)


def test_only_periods_have_a_grain():
    with pytest.raises(BadQuestion):
        Query(By.COUNTRY, grain=Grain.DAY)
    assert Query(By.PERIOD, metric=Metric.CREATED).grain is None
