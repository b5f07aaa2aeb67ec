"""A few hundred views on fixed days around a new year, the same each time."""

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from django.contrib.auth import get_user_model

from analytics import database
from analytics.datasets import VIEWS
from analytics.models import Blog, BlogView, Country, PurgedSummary, Summary
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.ask import Lines, ask_uncached
from analytics.warehouse.store import stale_days
from tally.query import By, Query
from tally.span import Grain, Span
from tally.where import Field, In, Not

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
FIRST, LAST = date(2023, 12, 18), date(2024, 2, 12)
MIDDLE = date(2024, 1, 15)
"""A day in the middle, in the newer of the two years."""
DAYS = tuple(Span.closed(FIRST, LAST))

QUESTIONS = (
    Query(By.COUNTRY),
    Query(By.AUTHOR),
    Query(By.BLOG, limit=3),
    Query(By.COUNTRY, Span.year(2024)),
    Query(By.COUNTRY, Span(date(2023, 12, 28), date(2024, 2, 3))),
    Query(By.BLOG, Span(date(2024, 1, 3), date(2024, 1, 30)), limit=2),
    Query(By.AUTHOR, where=Not(In(Field.COUNTRY, ("DE",)))),
    Query(By.COUNTRY, where=In(Field.AUTHOR, ("ada",))),
    Query(By.PERIOD, grain=Grain.MONTH),
    Query(By.PERIOD, grain=Grain.WEEK),
    Query(By.PERIOD, Span.year(2024)),
)


def fill(views: int = 400) -> None:
    """Create three authors, six blogs, three countries and so many views, some of an unknown country. Nothing is rolled
    up."""
    chance = random.Random(7)
    users = get_user_model().objects
    authors = [users.create(username=name) for name in ("ada", "bob", "eve")]
    blogs = Blog.objects.bulk_create(
        Blog(title=f"Blog {n}", author=authors[n % 3], created_at=at(FIRST)) for n in range(6)
    )
    countries = [*Country.objects.bulk_create(Country(name=code, code=code) for code in ("DE", "FR", "JP")), None]
    BlogView.objects.bulk_create(
        BlogView(blog=chance.choice(blogs), country=chance.choice(countries), timestamp=at(chance.choice(DAYS)))
        for _ in range(views)
    )


def at(day: date, hour: int = 12) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC)


def view(day: date, times: int = 1) -> None:
    """Create more views of one blog, of an unknown country."""
    blog = Blog.objects.order_by("id").first()
    BlogView.objects.bulk_create(BlogView(blog=blog, timestamp=at(day) + timedelta(seconds=n)) for n in range(times))


def run(days: Sequence[date] | None = None) -> int:
    """Roll up the stale days, and return the number of facts read."""
    stale = stale_days.stale_days(VIEWS) if days is None else days
    return sum(rolled.facts for rolled in roll_up.roll_up(stale, NOW))


def tables() -> list[list[tuple]]:
    """Return all rows of the summaries and purged summaries, with their bytes."""
    columns = ("groups", "totals", "ends", "layout", "ids", "weights")
    kept = (
        Summary.objects.order_by("pk").values_list("pk", *columns),
        PurgedSummary.objects.order_by("day").values_list("day", *columns),
    )
    return [[tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in rows] for rows in kept]


def tables_from_scratch() -> list[list[tuple]]:
    """Delete all summaries, roll up all facts, and return the same rows."""
    Summary.objects.all().delete()
    database.execute("DELETE FROM analytics_blogview_mark")
    stale_days.add(VIEWS, roll_up.all_days())
    run()
    return tables()


def answers() -> list[Lines]:
    return [ask_uncached(question).lines for question in QUESTIONS]


def total() -> int:
    """Return the number of views of all countries, from an answer."""
    return sum(line.total for line in ask_uncached(Query(By.COUNTRY)).lines)
