"""The questions that are measured, each as a `Query` and as the parts of an SQL query over the facts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from bench import data
from tally.query import By, Query
from tally.span import Grain, Span
from tally.where import EVERYTHING, And, Field, In, Not, Or, Where

DAYS_30 = Span(date(2025, 11, 13), date(2025, 12, 13))
"""Begins and ends within a month and a week, so it takes twelve buckets: the most that thirty days can take."""
DAYS_700 = Span(date(2024, 1, 17), date(2025, 12, 17))
"""Contains no whole year."""
YEAR = Span.year(2025)
COUNTRY, OTHERS, BLOGS = 7, (1, 2, 3), (10, 20, 30, 40, 50)
VIEWS_OF_AUTHOR = 34_000
"""Of ten million facts; scaled down for fewer."""
BY_COUNTRY = {"30 days": 8, "2 years": 16, "700 days": 32}
"""Targets in milliseconds."""


@dataclass(frozen=True, slots=True)
class MeasuredQuestion:
    """`shape` and `condition` describe the query in SQL; `target` is in milliseconds."""

    name: str
    query: Query
    shape: str
    condition: str = "1 = 1"
    target: float | None = None


def questions(author: int) -> Iterator[MeasuredQuestion]:
    spans = (("30 days", DAYS_30), ("2 years", data.SPAN), ("700 days", DAYS_700))
    in_country, of_author = In(Field.COUNTRY, (data.code(COUNTRY),)), In(Field.AUTHOR, (data.username(author),))
    blogs_of_author = f"blog_id IN (SELECT id FROM analytics_blog WHERE author_id = {author})"
    others = In(Field.COUNTRY, tuple(data.code(each) for each in OTHERS))
    tree: Where = Or((And((in_country, of_author)), And((Not(others), In(Field.BLOG, BLOGS)))))
    tree_in_sql = (
        f"(country_id = {COUNTRY} AND {blogs_of_author} "
        f"OR (country_id IS NULL OR country_id NOT IN {OTHERS}) AND blog_id IN {BLOGS})"
    )
    but_one = f"(country_id IS NULL OR country_id <> {COUNTRY})"
    for when, span in spans:
        yield MeasuredQuestion(f"by country, {when}", Query(By.COUNTRY, span), "countries", target=BY_COUNTRY[when])
        yield MeasuredQuestion(
            f"top blogs with countries, {when}",
            Query(By.BLOG, span, limit=10),
            "blogs",
            target=18 if when == "30 days" else 50,
        )
        yield MeasuredQuestion(
            f"top blogs in one country, {when}",
            Query(By.BLOG, span, in_country, limit=10),
            "blogs_of_one",
            f"country_id = {COUNTRY}",
            target=8,
        )
        yield MeasuredQuestion(f"by author, {when}", Query(By.AUTHOR, span), "authors", target=12)
        yield MeasuredQuestion(
            f"by author, all but one country, {when}", Query(By.AUTHOR, span, Not(in_country)), "authors", but_one
        )
        yield MeasuredQuestion(
            f"by country, a tree of conditions, {when}",
            Query(By.COUNTRY, span, tree),
            "countries",
            tree_in_sql,
            target=45 if when == "700 days" else None,
        )
    yield MeasuredQuestion(
        "a year by weeks, one author",
        Query(By.PERIOD, YEAR, of_author, grain=Grain.WEEK),
        "weeks",
        blogs_of_author,
        target=15,
    )
    yield MeasuredQuestion("a year by weeks", Query(By.PERIOD, YEAR, EVERYTHING, grain=Grain.WEEK), "weeks")
