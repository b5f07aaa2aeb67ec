"""Write a question as the JSON that states all of it."""

from typing import Any

from analytics.warehouse.api.filter_tree import to_tree
from analytics.warehouse.api.vocabulary import TIME
from tally.question import Comparison, Extra, Question
from tally.span import CALENDAR_END, CALENDAR_START, ONE_DAY, Span
from tally.where import EVERYTHING


def to_body(question: Question) -> dict[str, Any]:
    """Return the body that states all of a question: sent as it is, it is understood as the same question."""
    unit = [f"{TIME}:{question.unit.value}"] if question.unit else []
    return {
        "dataset": question.dataset,
        "metrics": list(question.metrics),
        "range": to_range(question.span),
        "time_zone": question.time_zone,
        "dimensions": [*unit, *question.dimensions],
        **({} if question.where == EVERYTHING else {"filters": to_tree(question.where)}),
        **({} if question.compare is None else {"compare": _to_comparison(question.compare)}),
        "order_by": [[word, "desc" if descends else "asc"] for word, descends in question.order_by],
        "limit": question.limit,
        "offset": question.offset,
        "include": [extra.value for extra in Extra if extra in question.include],
    }


def _to_comparison(compare: Comparison | Span) -> Any:
    return to_range(compare) if isinstance(compare, Span) else compare.value


def to_range(span: Span) -> dict[str, str]:
    """Return the first and the last day of a span. An empty span is outside the calendar and stated by a day there.

    >>> to_range(Span.year(2024))
    {'start_date': '2024-01-01', 'end_date': '2024-12-31'}
    """
    outside = CALENDAR_END if span.start == CALENDAR_END else CALENDAR_START - ONE_DAY
    first, last = span.edges or (outside, outside)
    return {"start_date": first.isoformat(), "end_date": last.isoformat()}
