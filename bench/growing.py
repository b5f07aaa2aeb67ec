"""Fill a database of any size and shape, and measure the roll-up and questions in it: see `bench.growth`."""

import sys
import time
from collections.abc import Callable, Iterator
from datetime import date
from itertools import chain, repeat

import numpy as np

from analytics import database
from analytics.datasets import VIEWS
from analytics.warehouse.flow.ask import ask_uncached
from analytics.warehouse.store import bulk_blog_views, generations, stale_days
from analytics.warehouse.store.bulk_blog_views import BlogViewColumns
from analytics.warehouse.store.facts import index_new_facts
from bench import data, load, rolling, serving
from bench.fill import create_names
from bench.questions import VIEWS_OF_AUTHOR, questions
from bench.timing import Times, interleaved
from tally.query import By, Query
from tally.span import EVER, Span

VIEWS_AT_ONCE = 1_000_000
ASKED = ("by country,", "top blogs with countries,", "by author,")
"""The questions of `bench.questions` that are asked: their names begin so."""
MARK = """INSERT INTO analytics_blogview_mark (day)
          SELECT DATE '2024-01-01' + (n %% 731)::int FROM generate_series(1, %s) AS n"""
Figures = dict[str, float]


def measure(*, act: str, **options: float) -> Figures:
    """Return the figures of one act by name, in seconds or bytes."""
    acts: dict[str, Callable[..., Figures]] = {"fill": fill, "all": every, "marks": marks, "clients": clients}
    return acts[act](**options)


def fill(*, facts: int, blogs: int, years: int) -> Figures:
    began = time.perf_counter()
    create_names(blogs)
    for views in _views(facts, blogs, years):
        bulk_blog_views.add(views)
    index_new_facts(VIEWS)  # as each command that loads views does
    return {"load": time.perf_counter() - began}


def _views(count: int, blogs: int, years: int) -> Iterator[BlogViewColumns]:
    """Yield views in the order of time, spread evenly over the years that end with those of the other measurements."""
    rng = np.random.default_rng(data.SEED)
    span = Span(date(data.SPAN.end.year - years, 1, 1), data.SPAN.end)
    start, end = ((day - date(1970, 1, 1)).days * data.DAY for day in (span.start, span.end))
    popular = rng.permutation(blogs) + 1
    for at in range(0, count, VIEWS_AT_ONCE):
        size = min(VIEWS_AT_ONCE, count - at)
        since, until = (start + (end - start) * edge // count for edge in (at, at + size))
        countries = data.by_zipf(rng, data.COUNTRIES, size)
        countries[rng.random(size) < data.UNKNOWN_SHARE] = 0
        times = np.sort(rng.integers(since, until, size))
        yield BlogViewColumns(popular[_ranks(rng, blogs, size)], countries, countries * 0, times)
        print(f"    {at + size:,}", file=sys.stderr, flush=True)


def _ranks(rng: np.random.Generator, members: int, count: int) -> np.ndarray:
    """Return ranks by Zipf's law, like `data.by_zipf`, so that a member is as popular in each piece."""
    shares = np.cumsum(1 / np.arange(1, members + 1))
    return np.searchsorted(shares, rng.random(count) * shares[-1], side="right")


def every(*, facts: int, blogs: int, years: int, rounds: int, seconds: float, size: int) -> Figures:
    """Measure the first roll-up, a rebuild, and questions."""
    found = _rolled()
    return {**found, **_asked(facts, blogs, rounds, seconds)}


def _rolled() -> Figures:
    times, peaks = Times(), []
    for options in ((), ("--rebuild",)):
        began = time.perf_counter()
        peaks.append(rolling.command(*options))
        times.seconds.append(time.perf_counter() - began)
    database.execute("ANALYZE")
    first, again = times.seconds
    return {
        "first roll-up, by the command": first,
        "rebuild, by the command": again,
        "peak memory, bytes": float(max(peaks)),
        "summaries, bytes": float(rolling.size()),
    }


def _asked(facts: int, blogs: int, rounds: int, seconds: float) -> Figures:
    totals = np.bincount(data.authors(blogs), _blog_views(blogs))[1:]
    author = int(np.abs(totals - VIEWS_OF_AUTHOR * facts / 10_000_000).argmin()) + 1
    ways = {each.name: each.query for each in questions(author) if each.name.startswith(ASKED)}
    ways = {name: query for name, query in ways.items() if "," not in name.partition(", ")[2]}
    ways["by country, all time"] = Query(By.COUNTRY, EVER)
    timed = interleaved(
        {name: lambda query=query: ask_uncached(query) for name, query in ways.items()}, rounds, seconds
    )
    return {name: figures["p50"] for name, figures in timed.items()}


def _blog_views(blogs: int) -> np.ndarray:
    """Return the expected share of each blog's views, in the order of their ids."""
    popular = np.random.default_rng(data.SEED).permutation(blogs)
    shares = np.empty(blogs)
    shares[popular] = 1 / np.arange(1, blogs + 1)
    return shares


def marks(*, facts: int, blogs: int, years: int, rounds: int, seconds: float, size: int) -> Figures:
    """Measure what waiting marks cost a question, and the run that takes them."""
    rolling.command()
    database.execute(MARK, [size])
    query = Query(By.COUNTRY, data.SPAN)
    timed = interleaved(
        {
            "freshness": lambda: generations.freshness(VIEWS, EVER),
            "age of the oldest mark": lambda: stale_days.oldest(VIEWS),
            "by country, 2 years": lambda: ask_uncached(query),
        },
        rounds,
        seconds,
    )
    began = time.perf_counter()
    rolling.command()
    found = {name: figures["p50"] for name, figures in timed.items()}
    return {**found, "the run that takes them, by the command": time.perf_counter() - began}


def clients(*, facts: int, blogs: int, years: int, rounds: int, seconds: float, size: int) -> Figures:
    """Measure questions over HTTP by `size` clients, each question once."""
    rolling.command()
    with serving.server() as port:
        token = serving.login(port)
        asked = chain.from_iterable(repeat(list(serving.questions(port, token))))
        load.run(port, asked, clients=size, seconds=min(1.0, seconds))
        times = Times(load.run(port, asked, clients=size, seconds=seconds))
    figures = times.figures()
    return {"answers a second": len(times.seconds) / seconds, "p50": figures["p50"], "p99": figures["p99"]}
