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


def domains() -> list[str]:
    return [domain for (domain,) in database.rows("SELECT DISTINCT domain FROM analytics_bothits ORDER BY 1")]


def move(hosts: Mapping[str, str]) -> None:
    """Add the hits of hosts to those of other hosts, day by day."""
    for old, new in hosts.items():
        moved = database.rows("SELECT day, hits FROM analytics_bothits WHERE domain = %s", [old])
        database.execute("DELETE FROM analytics_bothits WHERE domain = %s", [old])
        add({(database.as_date(day), new): hits for day, hits in moved})
