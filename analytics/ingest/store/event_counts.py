"""Compare the maintained counts of events, by session and by kind, with the events, and correct them."""

from typing import NamedTuple

from analytics import database

LOCK = "LOCK TABLE analytics_event IN SHARE MODE"
"""Waits for transactions that write events, and makes later ones wait until the counts are corrected."""
WRONG = """
    SELECT id, sum(counted), sum(stored) FROM (
        SELECT {column} AS id, events AS counted, 0 AS stored FROM {table}
        UNION ALL SELECT {column}, 0, count(*) FROM analytics_event GROUP BY {column}) AS each_side
    GROUP BY id HAVING sum(counted) <> sum(stored) ORDER BY id"""
SESSIONS = {"column": "session_id", "table": "analytics_sessioncount"}
KINDS = {"column": "kind_id", "table": "analytics_kindcount"}
COUNT_SESSION = """
    INSERT INTO analytics_sessioncount (session_id, name, events)
    SELECT id, name, (SELECT count(*) FROM analytics_event WHERE session_id = session.id)
    FROM analytics_session AS session WHERE id = %s"""
COUNT_KIND = """
    INSERT INTO analytics_kindcount (kind_id, slot, events)
    SELECT id, 0, (SELECT count(*) FROM analytics_event WHERE kind_id = kind.id)
    FROM analytics_kind AS kind WHERE id = %s"""


class WrongCount(NamedTuple):
    """A count that differs from the number of rows it counts. `what` names the kind of thing, `id` the thing."""

    what: str
    id: int
    counted: int
    stored: int


def wrong_counts() -> list[WrongCount]:
    """Return the sessions and the kinds whose count differs from their number of events."""
    return [
        WrongCount(what, *row)
        for what, names in (("session", SESSIONS), ("kind", KINDS))
        for row in database.rows(WRONG.format(**names))
    ]


def repair() -> int:
    """Count the events of sessions and kinds with a wrong count again, and return the number of these. Call this inside
    a transaction; writers of events wait for it."""
    if database.on_postgres():
        database.execute(LOCK)
    wrong = wrong_counts()
    for each in wrong:
        names, count = (SESSIONS, COUNT_SESSION) if each.what == "session" else (KINDS, COUNT_KIND)
        database.execute("DELETE FROM {table} WHERE {column} = %s".format(**names), [each.id])
        database.execute(count, [each.id])
    return len(wrong)
