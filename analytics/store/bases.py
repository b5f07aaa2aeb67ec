"""What purged days held: counts of facts that are gone. They are only ever added to."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from analytics import database
from tally.blocks import UNKNOWN, Block, Entries, joined, rows, spread
from tally.span import FIRST_DAY, runs

COLUMNS = "day, country_key, total_views, unique_blogs, layout, ids, views"


def counted(days: Sequence[date]) -> Entries:
    """What the bases of these days hold, by day (as its number since 1970), country and blog."""
    return spread([block for span in runs(list(days)) for block in _blocks(span.start, span.end)])


def _blocks(start: date, end: date) -> list[Block]:
    found = database.rows(f"SELECT {COLUMNS} FROM analytics_base WHERE day >= %s AND day < %s", [start, end])
    return [
        Block((database.as_date(day) - FIRST_DAY).days, country, layout, total, unique, bytes(ids), bytes(views))
        for day, country, total, unique, layout, ids, views in found
    ]


def add(days: Sequence[date], entries: Entries) -> None:
    """Puts what was counted in these days on top of what their bases hold."""
    together = joined([counted(days), entries]).merged(by_country=True)
    database.execute_many("DELETE FROM analytics_base WHERE day = %s", [[day] for day in days])
    database.execute_many(
        f"INSERT INTO analytics_base ({COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [
            (FIRST_DAY + timedelta(days=day), country, total, unique, *packed)
            for (day, country), total, unique, packed in rows(together)
        ],
    )


def forget_country(country: int) -> list[date]:
    """What the bases hold of a country becomes views of unknown country, as it does in the facts; the days."""
    found = database.rows("SELECT DISTINCT day FROM analytics_base WHERE country_key = %s ORDER BY 1", [country])
    days = [database.as_date(day) for (day,) in found]
    held = counted(days)
    database.execute_many("DELETE FROM analytics_base WHERE day = %s", [[day] for day in days])
    add(days, replace(held, country=np.where(held.country == country, UNKNOWN, held.country)))
    return days


def days() -> list[date]:
    """The days that have been purged, in order."""
    return [database.as_date(day) for (day,) in database.rows("SELECT DISTINCT day FROM analytics_base ORDER BY 1")]
