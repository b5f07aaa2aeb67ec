"""The keys of the dimensions that contexts hold."""

import numpy as np

from analytics import database
from analytics.datasets import ContextDimension
from tally.columns import looked_up
from tally.counts import Ints

MAX_LISTED = 5_000
"""Up to this many contexts are read by their ids; for more, the whole table is read."""
NAMES = [each.name.lower() for each in ContextDimension]


class ContextKeys:
    """The keys of all dimensions of some contexts. An unknown context, and one that does not exist, has only unknown
    values."""

    def __init__(self, contexts: Ints) -> None:
        wanted = np.unique(contexts)
        self._ids, self._columns = _read(wanted[wanted != 0])

    def of(self, dimension: str, contexts: Ints) -> Ints:
        """Return the key of a dimension for each of the contexts."""
        return looked_up(self._ids, self._columns[dimension], contexts)


def _read(wanted: Ints) -> tuple[Ints, dict[str, Ints]]:
    """Return the ids of existing contexts, ascending, and the aligned keys by dimension."""
    if not wanted.size:
        return wanted, dict.fromkeys(NAMES, wanted)
    condition, params = database.one_of("id", wanted.tolist()) if wanted.size <= MAX_LISTED else ("true", [])
    source = f"(SELECT * FROM analytics_context WHERE {condition}) AS context"
    ids, *columns = database.columns(("id", *NAMES), source, params)
    order = np.argsort(ids, kind="stable")
    return ids[order], {name: column[order] for name, column in zip(NAMES, columns, strict=True)}
