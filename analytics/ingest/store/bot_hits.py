"""Count page views by bots, per day and host."""

from collections.abc import Mapping
from datetime import date

from analytics import database


def add(hits: Mapping[tuple[date, str], int]) -> None:
    if not hits:
        return
    rows = [(day.isoformat(), domain, number) for (day, domain), number in sorted(hits.items())]
    given, params = database.table(["day", "domain", "hits"], rows, ["date", "text", "bigint"])
    database.execute(
        f"""INSERT INTO analytics_bothits (day, domain, hits) SELECT day, domain, hits FROM {given} WHERE true
            ON CONFLICT (day, domain) DO UPDATE SET hits = analytics_bothits.hits + excluded.hits""",
        params,
    )
