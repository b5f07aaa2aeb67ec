"""Count what a question asks for: read the summaries, add up cells, estimate visitors."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache, cached_property

import numpy as np

from analytics.datasets import KIND, Dataset
from analytics.warehouse.flow.questions.choose_roll_up import Held
from analytics.warehouse.flow.questions.words import (
    MEMBERS,
    METRICS,
    OF_KIND,
    OF_MEMBER,
    VISITORS,
    named_leaves,
)
from analytics.warehouse.store import dimension_values, labels, summaries
from tally import plan
from tally.cells import Cells, Piece, cells, is_among, pieces_by_group, pieces_over_groups, united_cells
from tally.chunks import Block
from tally.columns import combine_columns, looked_up
from tally.counts import Ints
from tally.plan import Need, Selection, SummaryRead
from tally.question import Extra, NotHeld, Question, TimeUnit, Value
from tally.register_chunks import RegisterBlock, stacked_registers
from tally.roll_ups import uncrossed
from tally.span import Bucket, Grain, Span, periods
from tally.where import (
    EVERYTHING,
    NOTHING,
    Field,
    In,
    InGroups,
    InMembers,
    Not,
    Or,
    Where,
    replace_leaves,
)

DAYS_A_WEEK = 7
PART_BITS = 3
WEEKDAY_MASK = (1 << PART_BITS) - 1
"""A part holds the number of the period and in its lowest bits the weekday, 1 to 7, or 0 where weekdays do not
matter."""


Selected = list[tuple[Selection, list[tuple[int, Bucket]]]]
"""What is required of groups and members, each with the buckets that it is for."""


class QuestionCounter:
    """One question while it is answered: what it reads, and the keys of what was read."""

    def __init__(self, dataset: Dataset, question: Question, held: Held, today: date) -> None:
        self.dataset, self.question, self.held, self.today = dataset, question, held, today
        self.fields = [Field(name) for name in question.dimensions]
        row = [field for field in self.fields if field not in OF_MEMBER]
        if question.unit is TimeUnit.HOUR and Field.HOUR not in row:
            row = [Field.HOUR, *row]
        self.row_fields = row
        self.member_fields = [field for field in self.fields if field in OF_MEMBER]
        self.columns: list[Field | None] = [*([None] if question.unit else []), *row, *self.member_fields]
        """The field of each column of keys; None is the period."""
        conditions = {leaf.field for leaf in named_leaves(question.where)}
        self.by_weekday = Field.WEEKDAY in row or Field.WEEKDAY in conditions
        self.total_metric, self.distinct_metric = METRICS[dataset]
        self._require_visitors()

    def _require_visitors(self) -> None:
        """Raise NotHeld if visitors are asked for by what follows from the member, or under a condition on it."""
        named = [*self.member_fields, *(leaf.field for leaf in named_leaves(self.question.where))]
        wrong = [field.value for field in named if field in OF_MEMBER]
        if VISITORS in self.question.metrics and wrong:
            raise NotHeld(
                f"The summaries do not hold the visitors of each {wrong[0]}.",
                f"Ask for {self.total_metric} and {self.distinct_metric}, or without {wrong[0]}.",
            )

    # -- the days ----------------------------------------------------------------------------------------------------

    @cached_property
    def span(self) -> Span:
        """The days of the question on which there can be facts."""
        return self.question.span.intersection(self.held.coverage.span)

    def parts_of(self, spans: Sequence[Span]) -> list[tuple[int, Bucket]]:
        """Return the buckets that cover each period, with their part."""
        coverage = self.held.coverage
        if not self.by_weekday:
            covered = ((number, coverage.cover(span)) for number, span in enumerate(spans))
            return [(number << PART_BITS, bucket) for number, buckets in covered for bucket in buckets]
        days = ((number, day) for number, span in enumerate(spans) for day in span.intersection(coverage.span))
        return [(number << PART_BITS | day.isoweekday(), Bucket(Grain.DAY, day)) for number, day in days]

    def spans_of(self, span: Span) -> list[Span]:
        return periods(span, self.question.unit.grain) if self.question.unit else [span]

    # -- what is read ------------------------------------------------------------------------------------------------

    def read(self, selected: Selected, extras: bool) -> list[list[Piece]]:
        """Return the pieces that answer the question, in lists that have no key in common."""
        needs = bool(self.member_fields) or any(self._needs_weights(selection) for selection, _ in selected)
        found = [pieces for each, own in selected for pieces in self._pieces(own, each, extras, weights=needs)]
        if self.by_weekday and Field.WEEKDAY not in self.row_fields:
            return [[piece for pieces in found for piece in pieces]]
        return found

    def _needs_weights(self, selection: Selection) -> bool:
        return selection.about_members or (not self._grouped and selection.subtracts)

    def selected(self, buckets: list[tuple[int, Bucket]]) -> Selected:
        """Return the condition with ids for names, one for each weekday if it names any."""
        groups = cache(lambda: self._groups(buckets))
        where = replace_leaves(self.question.where, lambda leaf: self._resolved(leaf, groups))
        if not any(True for _ in named_leaves(where)):
            return [(Selection.of(where), buckets)]
        return [
            (Selection.of(_on_weekday(where, weekday)), [each for each in buckets if each[0] & WEEKDAY_MASK == weekday])
            for weekday in range(1, DAYS_A_WEEK + 1)
        ]

    def _resolved(self, leaf: In | InGroups | InMembers, groups: Callable[[], Ints]) -> Where:
        """Return a condition on groups or members. One on weekdays stays as it is."""
        if not isinstance(leaf, In) or leaf.field is Field.WEEKDAY:
            return leaf
        if leaf.field in OF_MEMBER:
            return self._members(leaf)
        keys = np.array(self._keys(leaf), np.int64)
        dimension = KIND if leaf.field in OF_KIND else leaf.field.value
        dimensions = self.held.roll_up.dimensions
        if len(dimensions) > 1:
            keys = groups()[np.isin(uncrossed(groups(), len(dimensions))[dimensions.index(dimension)], keys)]
        return InGroups(frozenset(keys.tolist())) if keys.size else NOTHING

    def _keys(self, leaf: In) -> list[int]:
        if leaf.field in OF_KIND:
            place = OF_KIND.index(leaf.field)
            return [key for key, names in self._kinds.items() if names[place] in leaf.values]
        return dimension_values.keys_of(leaf.field, leaf.values)

    @cached_property
    def _kinds(self) -> dict[int, tuple[str, str]]:
        return labels.kinds()

    def _groups(self, buckets: list[tuple[int, Bucket]]) -> Ints:
        """Return the groups that a crossed roll-up has in these buckets."""
        found = summaries.whole_block(self.dataset, self.held.roll_up.number, buckets, Need.TOTALS)
        return np.unique(found.groups)

    def _members(self, leaf: In) -> Where:
        """Return a condition on the member itself."""
        texts = [str(value) for value in leaf.values if value is not None]
        match leaf.field:
            case Field.BLOG:
                ids = [np.array(leaf.values, np.int64)]
            case Field.AUTHOR:
                ids = list(labels.blogs_of(texts).values())
            case Field.SITE:
                ids = [self._sites.blogs_of(text) for text in texts]
            case _:
                ids = [dimension_values.session_ids(texts)]
        found = np.unique(np.concatenate(ids)) if ids else np.zeros(0, np.int64)
        known: Where = InMembers(found) if found.size else NOTHING
        if None not in leaf.values:
            return known
        with_value = self._sites.blogs if leaf.field is Field.SITE else dimension_values.all_blogs()
        return Or((known, Not(InMembers(with_value))))

    @cached_property
    def _sites(self) -> dimension_values.Sites:
        return dimension_values.sites(self.held.version)

    def _pieces(
        self, buckets: list[tuple[int, Bucket]], selection: Selection, extras: bool, *, weights: bool
    ) -> list[list[Piece]]:
        folds = extras or (self.by_weekday and Field.WEEKDAY not in self.row_fields)
        if not self._grouped:
            several = folds or len(selection.together) > 1
            reads = plan.reads_of_cells(buckets, selection.together, weights=weights, several_rows=several)
            return [pieces_over_groups(self._block(read), selection) for read in reads]
        several = folds or self._projects
        reads = plan.reads_of_cells(buckets, selection.apart, weights=weights, several_rows=several)
        return [pieces_by_group(self._block(read), selection) for read in reads]

    @property
    def _grouped(self) -> bool:
        """Whether the question has rows by a dimension of the roll-up."""
        return any(field is not Field.WEEKDAY for field in self.row_fields)

    @property
    def _projects(self) -> bool:
        """Whether several groups of the roll-up belong to one row."""
        own = {field.value for field in self.row_fields if field is not Field.WEEKDAY}
        return own != set(self.held.roll_up.dimensions)

    def _block(self, read: SummaryRead) -> Block:
        return summaries.block(self.dataset, self.held.source, read)

    # -- the keys ----------------------------------------------------------------------------------------------------

    def row_keys(self, parts: Ints, groups: Ints) -> list[Ints]:
        found = [parts >> PART_BITS] if self.question.unit else []
        dimensions = self.held.roll_up.dimensions
        keys = dict(zip(dimensions, uncrossed(groups, len(dimensions)), strict=True)) if self._grouped else {}
        for field in self.row_fields:
            if field is Field.WEEKDAY:
                found.append(parts & WEEKDAY_MASK)
            elif field in OF_KIND:
                found.append(self._label_numbers(field, keys[KIND]))
            else:
                found.append(keys[field.value])
        return found

    def _label_numbers(self, field: Field, kinds: Ints) -> Ints:
        """Return the number of the category or name of each kind, in the order of the alphabet from 1."""
        names, place = self._kind_labels(field), OF_KIND.index(field)
        numbers = {name: number for number, name in enumerate(names, 1)}
        known = {kind: numbers[called[place]] for kind, called in self._kinds.items()}
        return np.fromiter((known.get(kind, 0) for kind in kinds.tolist()), np.int64, kinds.size)

    def _kind_labels(self, field: Field) -> list[str]:
        return sorted({called[OF_KIND.index(field)] for called in self._kinds.values()})

    def values_of(self, field: Field | None, keys: Sequence[int]) -> Mapping[int, Value]:
        """Return the values of the keys of a column."""
        if field is None:
            return {}
        if field in OF_KIND:
            return dict(enumerate(self._kind_labels(field), 1))
        if field is Field.SITE:
            return {key: self._sites.name(key) for key in keys}
        return dimension_values.values_of(field, keys)

    def member_keys(self, members: Ints) -> list[Ints]:
        return [self._attribute(field, members) for field in self.member_fields]

    def _attribute(self, field: Field, members: Ints) -> Ints:
        if field is MEMBERS[self.dataset]:
            return members
        return labels.authors_of(members, self.held.version) if field is Field.AUTHOR else self._sites.of(members)

    def counted(self, spans: Sequence[Span]) -> "CountedSpan":
        selected = self.selected(self.parts_of(spans))
        extras = bool({Extra.TOTALS, Extra.OTHER} & self.question.include)
        pieces = self.read(selected, extras)
        members = self.member_keys if self.member_fields else None
        found = [cells(each, self.row_keys, members) for each in pieces] or [cells([], self.row_keys, members)]
        return CountedSpan(self, spans, united_cells(found), pieces, selected)

    def registers(self, selected: Selected) -> RegisterBlock:
        """Return the registers of all wanted groups."""
        found: list[RegisterBlock] = []
        for selection, own in selected:
            if not self._grouped and not selection.named and selection.rest == EVERYTHING:
                found.append(summaries.register_block(self.dataset, self.held.source.total, own))
                continue
            block = summaries.register_block(self.dataset, self.held.source.grouped, own, selection.apart)
            unwanted = [group for group, wanted in selection.named.items() if wanted == NOTHING]
            found.append(block.where(~np.isin(block.groups, np.array(unwanted, np.int64))))
        return stacked_registers(found)


class CountedSpan:
    """What the days of one span counted up to."""

    def __init__(
        self,
        counter: QuestionCounter,
        spans: Sequence[Span],
        found: Cells,
        pieces: list[list[Piece]],
        selected: Selected,
    ) -> None:
        self.counter, self.spans, self.cells = counter, spans, found
        self._pieces, self._selected = pieces, selected

    @cached_property
    def _registers(self) -> tuple[RegisterBlock, list[Ints]]:
        block = self.counter.registers(self._selected)
        return block, self.counter.row_keys(block.parts, block.groups)

    def visitors(self, keys: Sequence[Ints]) -> Ints:
        """Return the visitors of each row of keys."""
        block, own = self._registers
        size = keys[0].size if keys else 1
        joined = [np.concatenate(pair) for pair in zip(own, keys, strict=True)]
        combined, _ = combine_columns([*joined, np.zeros(block.parts.size + size, np.int64)])
        found = block.visitors_by_key(combined[: block.parts.size])
        return looked_up(found.keys, found.visitors, combined[block.parts.size :])

    def extra(self, chosen: Sequence[Ints] | None) -> tuple[int, int, int]:
        """Return total, distinct members and visitors of everything, or of the rows that are not among the chosen."""

        def regroup(columns: list[Ints]) -> list[Ints]:
            return [] if chosen is None else [is_among(columns, chosen).astype(np.int64)]

        members = self.counter.member_keys if self.counter.member_fields else None
        pieces = [piece for each in self._pieces for piece in each]
        found = cells(pieces, self.counter.row_keys, members, regroup)
        if chosen is not None:
            found = found.where(found.keys[0] == 0)
        return int(found.totals.sum()), int(found.distinct.sum()), self._extra_visitors(chosen)

    def _extra_visitors(self, chosen: Sequence[Ints] | None) -> int:
        if VISITORS not in self.counter.question.metrics:
            return 0
        block, own = self._registers
        rows = block if chosen is None else block.where(~is_among(own, chosen))
        return int(rows.visitors_by_key(np.zeros(rows.parts.size, np.int64)).visitors.sum())


def _on_weekday(where: Where, weekday: int) -> Where:
    """Return what a condition requires on one weekday."""

    def decided(leaf: In | InGroups | InMembers) -> Where:
        if isinstance(leaf, In) and leaf.field is Field.WEEKDAY:
            return EVERYTHING if weekday in leaf.values else NOTHING
        return leaf

    return replace_leaves(where, decided)
