"""Answer a question from the summaries."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial

import msgspec
import numpy as np

from analytics import conf
from analytics.database import snapshot
from analytics.datasets import VIEWS, Dataset, Identity
from analytics.warehouse.flow.share_answers import SharedAnswers
from analytics.warehouse.store import (
    dimension_values,
    generations,
    labels,
    sketches,
    summaries,
)
from analytics.warehouse.store.generations import Freshness
from tally import answer, plan
from tally.answer import AnswerRow, Period, Totals
from tally.chunks import Block, estimate, stacked
from tally.counts import Counts
from tally.errors import TooManyPeriods
from tally.plan import Coverage, Need, Selection, SummaryRead
from tally.query import By, Metric, Query, grain_for
from tally.question import NotHeld
from tally.roll_ups import RollUpNumbers
from tally.span import CALENDAR_END, CALENDAR_START, EVER, Bucket, Grain, Span, cover, enclosing_span, periods
from tally.where import Field, Where, accepts, resolve_kinds, resolve_names, values
from tally.zones import Zone

MAX_FILLED_PERIODS = 10_000
"""The most periods of a filled time series: 27 years of days."""
NEVER_CACHED = (By.SESSION,)
"""Answers with names that can be erased. A cached answer would outlive them."""

_shared: SharedAnswers[tuple[str, "Lines"]] = SharedAnswers()

Lines = list[AnswerRow] | list[Period]
LabelLookup = Callable[[Sequence[int]], dict[int, str]]


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of an answer. `distinct` says how distinct members were counted: exactly, or from sketches with their
    standard error."""

    lines: Lines
    freshness: Freshness
    distinct: str = "exact"

    @property
    def rows(self) -> list[AnswerRow]:
        """Return the rows of a question that is not by period."""
        return [line for line in self.lines if isinstance(line, AnswerRow)]

    @property
    def periods(self) -> list[Period]:
        """Return the rows of a question by period."""
        return [line for line in self.lines if isinstance(line, Period)]


def ask(query: Query, dataset: Dataset = VIEWS) -> Answer:
    """Return the cached answer for this version of the summaries, or a new one, which is then cached."""
    if query.by in NEVER_CACHED:
        return ask_uncached(query, dataset)
    question = f"{dataset.name} {query!r} {conf.approximate()} {conf.first_zone()}"
    known = generations.freshness_in(dataset, conf.first_zone(), query.span)

    def compute() -> tuple[tuple[str, Lines], Freshness]:
        found = ask_uncached(query, dataset, known)
        return (found.distinct, found.lines), found.freshness

    found, freshness = _shared.get(question, dataset, known, partial(_decoded, query.by), compute)
    return Answer(found[1], freshness, found[0])


def _decoded(by: By, text: str) -> tuple[str, Lines]:
    """Return what is kept of an answer: how distinct members were counted, and its rows."""
    if by is By.PERIOD:
        return msgspec.json.decode(text, type=tuple[str, list[Period]])
    return msgspec.json.decode(text, type=tuple[str, list[AnswerRow]])


def forget_answers() -> None:
    """Forget the answers that this process remembers."""
    _shared.forget()


def ask_uncached(query: Query, dataset: Dataset = VIEWS, known: Freshness | None = None) -> Answer:
    """Return the answer and its freshness, read in one snapshot. A freshness that is `known` from just before is used
    if it is of the same version."""
    with snapshot():
        zone = conf.first_zone()
        version, source, coverage, complete_from = generations.zone_state(dataset, zone)
        _require_complete(query.span, zone, complete_from)
        freshness = known if known and known.version == version else None
        freshness = freshness or generations.freshness_in(dataset, zone, query.span)
        selection, reader = Selection.of(_resolved(query.where, version)), SummaryReader(
            dataset, source, version, coverage
        )
        return Answer(ANSWERS[query.by](query, selection, reader), freshness, reader.distinct)


def _require_complete(span: Span, zone: str, complete_from: date) -> None:
    """Raise NotHeld if the first zone was declared after facts had been rolled up, and does not hold the whole span."""
    if span.start < complete_from:
        held = f"hold facts from {complete_from} on" if complete_from < CALENDAR_END else "are not filled yet"
        raise NotHeld(f"The summaries by days of {zone} {held}.", "Run manage.py precalculate_stats.", zone)


class SummaryReader:
    """A reader of the summaries of one version for one question. It remembers what it read, and whether distinct
    members were estimated."""

    def __init__(self, dataset: Dataset, source: RollUpNumbers, version: str, coverage: Coverage) -> None:
        self.dataset, self.source = dataset, source
        self.version, self.coverage, self.distinct = version, coverage, "exact"
        self._blocks: dict[SummaryRead, tuple[Need, Block]] = {}

    def cover(self, span: Span) -> list[tuple[int, Bucket]]:
        """Return the buckets of the part of a span that can hold facts."""
        return plan.buckets_by_part([span], self.coverage)

    def exact(self, reads: Sequence[SummaryRead]) -> list[Block]:
        return [self._read(read) for read in reads]

    def _read(self, read: SummaryRead) -> Block:
        """Return a block, from an earlier read of the same question if that fetched as much."""
        key = replace(read, need=Need.TOTALS)
        if key not in self._blocks or self._blocks[key][0] < read.need:
            self._blocks[key] = read.need, summaries.block(self.dataset, self.source, read)
        return self._blocks[key][1]

    def estimated(self, reads: Sequence[SummaryRead]) -> list[Block]:
        """Return blocks with distinct members from sketches, where exact ones would need the ids of several buckets."""
        return [self._sketched(read) or self._read(read) for read in reads]

    def _sketched(self, read: SummaryRead) -> Block | None:
        """Return a block counted from sketches, or None if a group has no sketch, or if sketches cannot answer: they
        can be united, but not subtracted."""
        if not (conf.approximate() and self.dataset.sketched) or read.need is not Need.IDS:
            return None
        if read.groups and len(read.groups) > 1:
            return None
        groups: dict[tuple[int, int], list[Identity]] = {}
        views: Counter[tuple[int, int]] = Counter()
        for part, identity, seen in summaries.identities(self.dataset, self.source, read):
            groups.setdefault((part, identity.group), []).append(identity)
            views[part, identity.group] += seen
        counted = sketches.count(groups) or {}
        if counted:
            self.distinct = f"approximate; standard error {sketches.ERROR:.2%}"
        estimates = [estimate(*group, views[group], distinct) for group, distinct in counted.items()]
        return stacked(estimates) if estimates else None


def _resolved(where: Where, version: str) -> Where:
    """Return the condition with ids for names."""
    countries = labels.country_keys() if values(where, Field.COUNTRY) else {}
    authors = values(where, Field.AUTHOR)
    kinds = labels.kinds() if values(where, Field.CATEGORY) or values(where, Field.NAME) else {}
    blogs = labels.blogs_of(map(str, authors)) if authors else {}
    hosts = values(where, Field.SITE)
    sites = dimension_values.sites(version).blogs_of_each(map(str, hosts)) if hosts else {}
    return resolve_names(resolve_kinds(where, kinds), countries, blogs, sites)


def _by_country(query: Query, selection: Selection, reader: SummaryReader) -> list[AnswerRow]:
    blocks = reader.estimated(plan.reads_by_group(reader.cover(query.span), selection))
    tallies = answer.by_group(stacked(blocks), selection)
    return answer.ranked_rows(tallies, labels.country_codes(), query.limit, labels.UNKNOWN_LABEL)


def _by_author(query: Query, selection: Selection, reader: SummaryReader) -> list[AnswerRow]:
    counts = _member_counts(reader.cover(query.span), selection, reader)
    authors = labels.authors_of(counts.ids, reader.version)
    tallies = answer.by_attribute(counts, authors, query.limit)
    return answer.ranked_rows(tallies, labels.usernames(tallies, reader.version), query.limit, labels.UNKNOWN_LABEL)


def _by_kind(place: int, query: Query, selection: Selection, reader: SummaryReader) -> list[AnswerRow]:
    """Return rows by the category or the name of events, which several kinds may share."""
    names = {kind: called[place] for kind, called in labels.kinds().items()}
    groups = {label: number for number, label in enumerate(sorted(set(names.values())), 1)}
    blocks = reader.exact(plan.reads_of_members_groups(reader.cover(query.span), selection))
    tallies = answer.by_mapped_group(stacked(blocks), {kind: groups[label] for kind, label in names.items()})
    return answer.ranked_rows(
        tallies, {number: label for label, number in groups.items()}, query.limit, labels.UNKNOWN_LABEL
    )


def _by_member(called: LabelLookup, query: Query, selection: Selection, reader: SummaryReader) -> list[AnswerRow]:
    """Return rows by member. The first members are found from few summaries; then each group is read for these members
    only."""
    buckets = reader.cover(query.span)
    leaders = answer.top_candidates(_member_counts(buckets, selection, reader), query.limit)
    tallies = {id: Totals(views, 0) for id, views in zip(leaders.ids.tolist(), leaders.weights.tolist(), strict=True)}
    lines = answer.ranked_rows(tallies, called(list(tallies)), query.limit, labels.UNKNOWN_LABEL)
    chosen = np.array(sorted(line.key for line in lines), np.int64)
    reads = plan.reads_of_members_groups(buckets, selection) if lines else []
    countries = answer.groups_of_members(stacked(reader.exact(reads)), selection, chosen)
    return [replace(line, distinct=countries.get(line.key, 0)) for line in lines]


def _member_counts(buckets: list[tuple[int, Bucket]], selection: Selection, reader: SummaryReader) -> Counts:
    reads = plan.reads_over_all_groups(buckets, selection, ranked=True)
    return answer.by_member(stacked(reader.exact(reads)), selection)


def _by_period(query: Query, selection: Selection, reader: SummaryReader) -> list[Period]:
    viewed = query.span.intersection(reader.coverage.span)
    created = _created(query.span, selection) if query.metric is Metric.CREATED else []
    grain = query.grain or _suitable_grain(viewed, selection, reader)
    spans = periods(_shown(query, enclosing_span([*viewed.edges, *created])), grain)
    if query.fill and len(spans) > MAX_FILLED_PERIODS:
        raise TooManyPeriods(f"Filled, the answer has {len(spans)} periods; at most {MAX_FILLED_PERIODS} are allowed.")
    buckets = plan.buckets_by_part(spans, reader.coverage)
    tallies = answer.by_part(reader.estimated(plan.reads_over_all_groups(buckets, selection)), selection)
    if query.metric is Metric.CREATED:
        tallies = answer.with_created(tallies, spans, created)
    return answer.time_series(spans, tallies, grain, query.span if query.fill else None)


def _shown(query: Query, found: Span) -> Span:
    """Return the days that can hold facts. With `fill`, return all days asked for, as far as these are bounded."""
    if not found or not query.fill:
        return found
    asked = query.span
    return Span(
        found.start if asked.start == EVER.start else asked.start, found.end if asked.end == EVER.end else asked.end
    )


def _created(span: Span, selection: Selection) -> list[date]:
    """Return the day of creation of each blog created in a span, if the condition accepts it in some country."""
    ids, days = labels.created(span, Zone.named(conf.first_zone()))
    accepted = np.logical_or.reduce([accepts(wanted, ids) for wanted in (selection.rest, *selection.named.values())])
    return [CALENDAR_START + timedelta(days=day) for day in days[accepted].tolist()]


def _suitable_grain(span: Span, selection: Selection, reader: SummaryReader) -> Grain:
    """Return the grain for the distance between the first and the last day with matching facts."""
    if span.days <= 31:
        return Grain.DAY
    first = last = reader.coverage.cover(span)
    while True:
        first, last = _not_empty(first, selection, reader)[:1], _not_empty(last, selection, reader)[-1:]
        if not first:
            return Grain.DAY
        if first[0].grain == last[0].grain == Grain.DAY:
            return grain_for((last[0].start - first[0].start).days)
        first, last = _next_smaller(first[0]), _next_smaller(last[0])


def _next_smaller(bucket: Bucket) -> list[Bucket]:
    return [bucket] if bucket.grain is Grain.DAY else cover(bucket.span, Grain(bucket.grain - 1))


def _not_empty(buckets: list[Bucket], selection: Selection, reader: SummaryReader) -> list[Bucket]:
    found = answer.by_part(reader.exact(plan.reads_over_all_groups(list(enumerate(buckets)), selection)), selection)
    return [bucket for number, bucket in enumerate(buckets) if number in found]


ANSWERS: dict[By, Callable[[Query, Selection, SummaryReader], Lines]] = {
    By.COUNTRY: _by_country,
    By.AUTHOR: _by_author,
    By.BLOG: partial(_by_member, labels.titles),
    By.PERIOD: _by_period,
    By.CATEGORY: partial(_by_kind, 0),
    By.NAME: partial(_by_kind, 1),
    By.SESSION: partial(_by_member, labels.sessions),
}
