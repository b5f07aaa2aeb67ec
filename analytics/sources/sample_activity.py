"""Generate events and page visits for trials; the same seed and time give the same data."""

from datetime import datetime, timedelta

import numpy as np

from analytics.sources import sample_contexts
from analytics.sources.messages.deliveries import QueuedEvent
from analytics.sources.messages.events import read, to_queued_event
from analytics.sources.messages.page_visits import PageVisit
from analytics.sources.messages.timestamps import as_microseconds
from analytics.sources.sample_data import SampleBlog

NO_APPLICATION = 0
KINDS = (
    ("page interaction", "scroll", 6),
    ("page interaction", "cta click", 3),
    ("search", "query", 2),
    ("form", "submit", 1),
)
"""Category, name, and how often this kind occurs, compared with the others."""
EVENTS_PER_SESSION = 4
VISITS_PER_VISITOR = 3
AGES, AGE_SHARES = (20.0, 3_600.0, 86_400.0), (0.1, 0.3, 0.6)
"""The largest ages of visits in seconds, and the share of the visits that are no older."""


def events(count: int, blogs: list[SampleBlog], until: datetime, days: int) -> list[QueuedEvent]:
    """Return events of some days up to `until`, in order of time."""
    random = np.random.default_rng([count, days])
    weights = np.array([weight for *_, weight in KINDS], float)
    kinds = random.choice(len(KINDS), count, p=weights / weights.sum())
    pages = random.integers(0, len(blogs), count)
    ages = np.sort(random.uniform(0, days * 86_400, count))[::-1]
    now = as_microseconds(until)
    return [
        to_queued_event(
            read(
                {
                    "session_id": f"sample-{number // EVENTS_PER_SESSION}",
                    "category": KINDS[kind][0],
                    "name": KINDS[kind][1],
                    "data": {"page": blogs[page].url, "number": number},
                    "timestamp": (until - timedelta(seconds=age)).isoformat(),
                },
                now,
            ),
            NO_APPLICATION,
        )
        for number, (kind, page, age) in enumerate(zip(kinds.tolist(), pages.tolist(), ages.tolist(), strict=True))
    ]


def visits(count: int, blogs: list[SampleBlog], now: datetime) -> list[PageVisit]:
    """Return visits of the last day, some of them of right now, in order of time."""
    random = np.random.default_rng([count])
    pages = np.minimum(random.geometric(0.15, count) - 1, len(blogs) - 1)
    ages = np.sort(random.random(count) * random.choice(AGES, count, p=AGE_SHARES))[::-1]
    visitors = 1 + np.arange(count) // VISITS_PER_VISITOR
    codes = sample_contexts.contexts(random, sample_contexts.mixed(visitors), np.zeros(count, np.int64))
    found = []
    for page, age, visitor, code in zip(pages.tolist(), ages.tolist(), visitors.tolist(), codes.tolist(), strict=True):
        host, _, path = blogs[page].url.partition("/")
        at = as_microseconds(now - timedelta(seconds=age))
        context = sample_contexts.context(code)
        found.append(PageVisit(host, f"/{path}", blogs[page].title, visitor, at, context=context))
    return found
