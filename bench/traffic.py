"""Views as they arrive: in the order of their times, in batches, so that memory does not depend on their number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from bench import data
from tally.counts import Ints
from tally.span import CALENDAR_START

BATCH = 200_000
CELLS = 1 << 20
"""Draws are cells of a table, of which a member has as many as are due to it: 15 times as fast as a search."""
VIEWS_A_VISITOR = 4
MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of equal length, without an id for none but the country's 0. `keys` are the halves of random keys."""

    blogs: Ints
    countries: Ints
    contexts: Ints
    visitors: Ints
    times: Ints
    keys: tuple[Ints, Ints]


def batches(views: int, size: int, contexts: Sequence[int]) -> Iterator[Batch]:
    """Yield so many views over the two years of `data.SPAN`. The same numbers give the same views. Some visitors come
    often: the number of one is the cube of a random number."""
    rng = np.random.default_rng(data.SEED)
    blogs, countries, places = (_table(rng, each) for each in (data.BLOGS, data.COUNTRIES, len(contexts)))
    countries[rng.random(CELLS) < data.UNKNOWN_SHARE] = 0
    ids, people = np.array(contexts, np.int64), views // VIEWS_A_VISITOR
    start, end = ((day - CALENDAR_START).days * data.DAY for day in (data.SPAN.start, data.SPAN.end))
    for at in range(0, views, size):
        some = min(size, views - at)
        since, until = (start + (end - start) * each // views for each in (at, at + some))
        yield Batch(
            blogs[rng.integers(0, CELLS, some)],
            countries[rng.integers(0, CELLS, some)],
            ids[places[rng.integers(0, CELLS, some)] - 1],
            _hashes((people * rng.random(some) ** 3).astype(np.uint64)),
            np.sort(rng.integers(since, until, some)),
            (rng.integers(0, 2**63, some), rng.integers(0, 2**63, some)),
        )


def _table(rng: np.random.Generator, members: int) -> Ints:
    """Return the member, from 1 on, of each cell: by Zipf's law, as in `data.by_zipf`."""
    shares = np.cumsum(1 / np.arange(1, members + 1))
    ranks = np.searchsorted(shares, (np.arange(CELLS) + 0.5) / CELLS * shares[-1], side="right")
    return (1 + rng.permutation(members))[ranks]


def _hashes(numbers: np.ndarray) -> Ints:
    """Return random-looking hashes of 64 bits, as of visitors."""
    mixed = (numbers + np.uint64(1)) * MIX
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    return (mixed ^ (mixed >> np.uint64(27))).view(np.int64)
