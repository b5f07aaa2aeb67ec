"""Active visitors by page, counted from heartbeats, and the rules of their snapshots."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from tally.columns import combine_columns
from tally.counts import Counts, Ints, sum_by


class ActiveVisitors(NamedTuple):
    """The visitors active on each page of a site (page ids with their visitors) and on the site as a whole. A visitor
    of two pages is one visitor of the site."""

    pages: Counts
    visitors: int


def active_by_site(sites: Ints, pages: Ints, visitors: Ints) -> dict[int, ActiveVisitors]:
    """Return the active visitors by site, from aligned columns of heartbeats in any order. A visitor with several
    heartbeats on a page counts once.

    >>> column = lambda *values: np.array(values, np.int64)
    >>> found = active_by_site(column(1, 1, 1, 2), column(7, 7, 8, 9), column(50, 50, 50, 60))
    >>> found[1].pages.ids.tolist(), found[1].pages.weights.tolist(), found[1].visitors
    ([7, 8], [1, 1], 1)
    """
    who = np.unique(visitors, return_inverse=True)[1].astype(np.int64)  # ranks, which fit one integer with the others
    sites, pages, who = _distinct_rows(sites, pages, who)
    active, distinct = sum_by(_distinct_rows(sites, who)[0])
    return {
        site: ActiveVisitors(Counts(*sum_by(pages[sites == site])), people)
        for site, people in zip(active.tolist(), distinct.tolist(), strict=True)
    }


def _distinct_rows(*columns: Ints) -> list[Ints]:
    """Return the distinct rows of aligned columns."""
    keys, split = combine_columns(columns)
    return split(np.unique(keys))


MINUTE_SECONDS = 60


def is_kept(had_visitors: bool, has_visitors: bool) -> bool:
    """Return whether a snapshot is stored: a site that loses its last visitor gets one empty snapshot, and then none.

    >>> is_kept(True, True), is_kept(True, False), is_kept(False, False)
    (True, True, False)
    """
    return has_visitors or had_visitors


def is_lasting(had_visitors: bool, has_visitors: bool, *, before: int | None, moment: int) -> bool:
    """Return whether a snapshot stays when the others are deleted: the first of a minute, and those where a site gets
    its first visitor or loses its last. `before` is the moment of the previous snapshot, in seconds.

    >>> is_lasting(True, True, before=55, moment=60), is_lasting(True, True, before=60, moment=65)
    (True, False)
    >>> is_lasting(True, False, before=60, moment=65)
    True
    """
    new_minute = before is None or before // MINUTE_SECONDS < moment // MINUTE_SECONDS
    return new_minute or had_visitors != has_visitors
