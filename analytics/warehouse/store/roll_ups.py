"""The registry of roll-ups: which are kept, and since when each is complete."""

from collections.abc import Sequence
from datetime import date

from analytics import database
from analytics.datasets import Dataset
from tally.roll_ups import Declared, RollUp
from tally.span import CALENDAR_END

COLUMNS = "number, dimensions, time_zone, complete_from, folded_until, is_filling"


def registered(dataset: Dataset) -> list[RollUp]:
    """Return the roll-ups of a dataset by their numbers."""
    found = database.rows(f"SELECT {COLUMNS} FROM analytics_rollup WHERE dataset = %s ORDER BY number", [dataset.id])
    return [
        RollUp(number, Declared.of_text(names, zone), database.as_date(start), database.as_date(until), filling)
        for number, names, zone, start, until, filling in found
    ]


def register(dataset: Dataset, declared: Declared, complete_from: date, folded_until: date) -> None:
    """Add a roll-up. With a `complete_from` of CALENDAR_END, nothing of it is filled yet."""
    database.execute(
        f"""INSERT INTO analytics_rollup (dataset, is_published, {COLUMNS})
            SELECT %s, %s, coalesce(max(number), -1) + 1, %s, %s, %s, %s, %s
            FROM analytics_rollup WHERE dataset = %s""",
        [dataset.id, False, declared.text, declared.zone, complete_from, folded_until]
        + [complete_from == CALENDAR_END, dataset.id],
    )


def publish(dataset: Dataset, roll_up: RollUp) -> None:
    """Let `DailyAnalyticsSummary` show this roll-up, and no other."""
    sql = "SELECT 1 FROM analytics_rollup WHERE dataset = %s AND is_published AND number = %s"
    if not database.rows(sql, [dataset.id, roll_up.number]):
        sql = "UPDATE analytics_rollup SET is_published = (number = %s) WHERE dataset = %s"
        database.execute(sql, [roll_up.number, dataset.id])


def forget(dataset: Dataset, numbers: Sequence[int]) -> None:
    """Remove roll-ups with their summaries and what they counted of purged facts."""
    of_these, params = database.one_of("roll_up", numbers)
    for table in (dataset.summaries, dataset.purged):
        database.execute(f"DELETE FROM {table} WHERE {of_these}", params)
    of_these, params = database.one_of("number", numbers)
    database.execute(f"DELETE FROM analytics_rollup WHERE dataset = %s AND {of_these}", [dataset.id, *params])


def set_complete_from(dataset: Dataset, number: int, day: date, *, filling: bool) -> None:
    database.execute(
        "UPDATE analytics_rollup SET complete_from = %s, is_filling = %s WHERE dataset = %s AND number = %s",
        [day, filling, dataset.id, number],
    )


def set_folded_until(dataset: Dataset, zone: str, day: date) -> None:
    database.execute(
        "UPDATE analytics_rollup SET folded_until = %s WHERE dataset = %s AND time_zone = %s AND folded_until <> %s",
        [day, dataset.id, zone, day],
    )
