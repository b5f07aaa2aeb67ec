"""Active visitors of sites and pages."""

import numpy as np

from tally.active_visitors import active_by_site
from tally.counts import Ints


def random_column(rng: np.random.Generator, most: int) -> Ints:
    return rng.integers(1, most, 500)


def test_presence_counts_as_a_plain_loop_does():
    rng = np.random.default_rng(3)
    sites, pages = random_column(rng, 4), random_column(rng, 30)
    visitors = rng.choice(np.array([5, 2**62, 2**63 - 1, *range(100, 140)], np.int64), 500)
    found = active_by_site(sites, pages, visitors)
    for site in (1, 2, 3):
        seen = {(p, v) for s, p, v in zip(sites.tolist(), pages.tolist(), visitors.tolist(), strict=True) if s == site}
        expected = {page: sum(p == page for p, _ in seen) for page, _ in seen}
        assert dict(zip(found[site].pages.ids.tolist(), found[site].pages.weights.tolist(), strict=True)) == expected
        assert found[site].visitors == len({v for _, v in seen})


def test_without_visitors_there_are_no_counts():
    nothing = np.zeros(0, np.int64)
    assert active_by_site(nothing, nothing, nothing) == {}
