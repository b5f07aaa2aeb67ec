"""Restrict a question to what its reader may see."""

from dataclasses import replace
from typing import TypeVar

from analytics.datasets import EVENTS
from analytics.warehouse.flow.questions.words import OF_MEMBER, VISITORS, named_leaves
from tally.query import Query
from tally.question import NotHeld, Question
from tally.where import EVERYTHING, NOTHING, Field, Where, conjunction

Asked = TypeVar("Asked", Query, Question)

PUBLISHED_FIELDS = (Field.COUNTRY, Field.AUTHOR, Field.BLOG, Field.SITE)
"""What the summaries of the published questions hold, or follows from the blog."""


class EventsBelongToNoSite(Exception):
    """Events belong to no site, so they cannot be restricted to some."""


def restricted(asked: Asked, within: Where) -> Asked:
    """Return the question about those facts only that are `within` a condition, EVERYTHING for no restriction. What is
    cached of its answer is cached under this condition.

    Raise EventsBelongToNoSite for a restricted question about events. Raise NotHeld where the summaries do not hold the
    restricted answer exactly.
    """
    if within == EVERYTHING:
        return asked
    named = [leaf.field for leaf in named_leaves(within)]
    if isinstance(asked, Question):
        if asked.dataset == EVENTS.name:
            raise EventsBelongToNoSite(EventsBelongToNoSite.__doc__)
        _require_no_visitors(asked, named, within)
    elif other := next((field.value for field in named if field not in PUBLISHED_FIELDS), None):
        raise NotHeld(
            f"This answer cannot be restricted by {other}.", "Ask /api/analytics/query/, which takes any restriction."
        )
    return replace(asked, where=conjunction(within, asked.where))


def _require_no_visitors(question: Question, named: list[Field], within: Where) -> None:
    """Raise NotHeld for the visitors of some blogs, or of none: the summaries do not hold them."""
    by_blog = next((field.value for field in named if field in OF_MEMBER), None)
    if VISITORS in question.metrics and (by_blog or within == NOTHING):
        raise NotHeld(
            f"The summaries do not hold the visitors of each {by_blog or 'site'}, and you may see some only.",
            "Ask for views and blogs.",
        )
