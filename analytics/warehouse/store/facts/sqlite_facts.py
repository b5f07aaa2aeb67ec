"""The facts in SQLite: a day at a time, each column as one text."""

from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np

from analytics import database
from analytics.datasets import Dataset
from analytics.warehouse.store.facts.database_facts import DatabaseFacts, nearest_midnight
from analytics.warehouse.store.facts.fact_store import Moments, Portion
from tally.columns import constant_column
from tally.facts import MICROSECONDS_A_DAY, FactColumns, FactDetail
from tally.span import CALENDAR_START, runs

READ = "SELECT {columns} FROM {of.facts} WHERE timestamp >= %s AND timestamp < %s"
DELETE = (
    "DELETE FROM {of.facts} WHERE timestamp >= %s AND timestamp < %s",
    # The marks of that deletion, and no others: SQLite has one writer.
    "DELETE FROM {of.marks} WHERE day >= %s AND day < %s",
)


class SqliteFacts(DatabaseFacts):
    """The facts in SQLite."""

    DAY_OF_FACT = "substr(timestamp, 1, 10)"

    def index_new_facts(self, dataset: Dataset) -> None:
        """Do nothing: SQLite's index is always up to date."""

    def delete_and_read(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        yield from self.portions(dataset, days, detail)
        for span in runs(list(days)):
            for sql in DELETE:
                database.execute(sql.format(of=dataset), [database.midnight(day) for day in (span.start, span.end)])

    def _read(self, dataset: Dataset, moments: Moments, limit: int | None, *, detail: FactDetail) -> FactColumns:
        """Return the columns of at most one day of UTC. SQLite streams rows, so there is no limit. Times are whole
        seconds, or midnight where only days matter."""
        second = database.second_of_day("timestamp") if detail.unit % MICROSECONDS_A_DAY else None
        context, visitor = (dataset.context, dataset.visitor) if dataset.has_visitors else (None, None)
        wanted = [dataset.group, dataset.member, second, context if detail.contexts else None, visitor]
        read = ", ".join(f"group_concat({each})" for each in wanted if each)
        sql = READ.format(of=dataset, columns=read)
        ((*texts,),) = database.rows(sql, list(map(database.time_bound, moments)))
        found = [np.fromstring(text or "", np.int64, sep=",") for text in texts]
        nothing = constant_column(0, found[0].size)
        groups, members, seconds, contexts, visitors = (found.pop(0) if each else nothing for each in wanted)
        day = (moments[0].date() - CALENDAR_START).days
        return FactColumns(day * MICROSECONDS_A_DAY + seconds * 1_000_000, groups, members, contexts, visitors)

    def _is_estimated_too_large(self, dataset: Dataset, moments: Moments) -> bool:
        """Return whether it is more than a day, which SQLite finds by its index."""
        return nearest_midnight(*moments) is not None
