"""Answer a question of the query language from the summaries, or say what would make it answerable."""

from dataclasses import replace
from datetime import date, datetime, time
from functools import partial
from typing import Any

import msgspec

from analytics import conf
from analytics.database import snapshot
from analytics.datasets import Dataset
from analytics.warehouse.flow.questions.arrange_rows import ArrangedRows
from analytics.warehouse.flow.questions.choose_roll_up import held_by
from analytics.warehouse.flow.questions.count import QuestionCounter
from analytics.warehouse.flow.questions.words import DATASETS_BY_NAME, VISITORS
from analytics.warehouse.flow.share_answers import SharedAnswers
from analytics.warehouse.store import generations
from analytics.warehouse.store.generations import Freshness
from tally.compare import compared_span, same_part
from tally.hyperloglog import STANDARD_ERROR
from tally.question import Extra, Question, Result, ResultRow, TimeUnit
from tally.span import CALENDAR_END, EVER, Span, floor, periods
from tally.where import Field

_shared: SharedAnswers[Result] = SharedAnswers()


def answer_question(question: Question, today: date) -> Result:
    """Return the answer: the cached one for this version of the summaries, or a new one, read in one snapshot. `today`
    is the day in the zone of the question. Raise NotHeld if the summaries do not hold an exact answer, and
    TooManyPeriods if gaps would make too many rows."""
    dataset = DATASETS_BY_NAME[question.dataset]
    if Field.SESSION.value in question.dimensions:  # a name that is erased must not be kept
        return computed(dataset, question, today)[0]
    text = _text(question, today)
    known = generations.freshness_in(dataset, question.time_zone, question.span)
    found, freshness = _shared.get(
        text, dataset, known, partial(_from_cache, question), lambda: computed(dataset, question, today)
    )
    return replace(found, as_of=freshness.as_of, pending_days=freshness.pending)


def forget_answers() -> None:
    """Forget the answers that this process remembers."""
    _shared.forget()


def computed(dataset: Dataset, question: Question, today: date) -> tuple[Result, Freshness]:
    """Return a new answer, and its freshness."""
    with snapshot():
        held = held_by(dataset, question, _first_day(question, today))
        freshness = generations.freshness_in(dataset, question.time_zone, question.span)
        return _result(QuestionCounter(dataset, question, held, today), freshness), freshness


def _first_day(question: Question, today: date) -> date:
    """Return the first day that is asked for, or compared with."""
    other = compared_span(question.compare, question.span, today) if question.compare else question.span
    return min(question.span.start, other.start)


def _text(question: Question, today: date) -> str:
    """Return everything that an answer depends on beside the summaries."""
    extras = sorted(extra.value for extra in question.include)
    return f"{replace(question, include=frozenset())!r} {extras} {today} {conf.roll_ups()} {conf.time_zones()}"


def _from_cache(question: Question, text: str) -> Result:
    """Return a result from its JSON, in which times are texts."""
    kept = msgspec.json.decode(text, type=dict[str, Any])
    parse = datetime.fromisoformat if question.unit is TimeUnit.HOUR else date.fromisoformat

    def row(found: dict[str, Any]) -> ResultRow:
        time, values = found["time"] and parse(found["time"]), tuple(found["values"])
        return ResultRow(time, values, found["numbers"], found["compared"])

    return Result(
        **kept
        | {
            "rows": tuple(map(row, kept["rows"])),
            "totals": kept["totals"] and row(kept["totals"]),
            "other": kept["other"] and row(kept["other"]),
            "partial": tuple(map(parse, kept["partial"])),
            "compared_span": kept["compared_span"] and Span(*map(date.fromisoformat, kept["compared_span"].values())),
        }
    )


def _result(counter: QuestionCounter, freshness: Freshness) -> Result:
    question = counter.question
    shown = _shown(counter)
    now = counter.counted(counter.spans_of(shown))
    other_span = compared_span(question.compare, question.span, counter.today) if question.compare else None
    before = counter.counted(_compared_spans(counter, shown, other_span)) if other_span is not None else None
    rows = ArrangedRows(counter, now, before)
    chosen = rows.in_order()
    page = chosen[question.offset : question.offset + question.limit] if question.limit else chosen
    listed = [rows.row(key) for key in page]
    return Result(
        rows=tuple(listed),
        roll_up=counter.held.roll_up.declared.name,
        as_of=freshness.as_of,
        pending_days=freshness.pending,
        rows_before_limit=rows.count,
        totals=rows.extra(None) if Extra.TOTALS in question.include else None,
        other=rows.extra(page) if Extra.OTHER in question.include and len(page) < rows.count else None,
        partial=_partial(counter, shown),
        compared_span=other_span,
        standard_errors={VISITORS: STANDARD_ERROR} if VISITORS in question.metrics else {},
    )


def _shown(counter: QuestionCounter) -> Span:
    """Return the days of the periods that may be shown: those with facts, with gaps all that were asked for."""
    if Extra.GAPS not in counter.question.include:
        return counter.span
    asked, found = counter.question.span, counter.held.coverage.span
    return Span(
        found.start if asked.start == EVER.start else asked.start,
        max(asked.start, found.end) if asked.end == CALENDAR_END else asked.end,
    )


def _compared_spans(counter: QuestionCounter, shown: Span, other: Span) -> list[Span]:
    """Return the periods of the compared span, in the order of those shown. One that is not over is compared with
    the same part."""
    spans = counter.spans_of(shown)
    if not counter.question.unit:
        return [same_part(counter.question.span, other, counter.today)]
    lead = len(periods(Span(counter.question.span.start, shown.start), counter.question.unit.grain)) if shown else 0
    if shown and floor(shown.start, counter.question.unit.grain) < shown.start and lead:
        lead -= 1
    others = periods(other, counter.question.unit.grain)[lead:][: len(spans)]
    return [same_part(span, found, counter.today) for span, found in zip(spans, others, strict=False)]


def _partial(counter: QuestionCounter, shown: Span) -> tuple[date | datetime, ...]:
    """Return the periods that have begun and are not over."""
    if not (unit := counter.question.unit) or counter.today not in shown:
        return ()
    if unit is TimeUnit.HOUR:
        return (datetime.combine(counter.today, time()),)
    return (floor(counter.today, unit.grain),)
