"""Find or create the ids of sessions and of kinds of events. (An `event_id` is something else: the id a client gave.)

Rows are added in sorted order, so that two transactions that add the same ones never deadlock. On PostgreSQL a process
remembers the ids that are committed. A remembered id may be erased later, or belong to another session after the
database was restored. `events.add` refuses it then; the writer forgets all remembered ids and tries again.
"""

from collections.abc import Collection
from typing import Any, TypeVar

from analytics import database

Kind = tuple[str, str]
"""A category and a name within it."""
Label = TypeVar("Label", str, Kind)
MAX_CACHED_IDS = 50_000

_sessions: dict[str, int] = {}
_kinds: dict[Kind, int] = {}


def get_or_create_sessions(names: Collection[str]) -> dict[str, int]:
    """Return the id of each session by name, creating the sessions that do not exist."""
    found = _cached(_sessions, names)
    if unknown := set(names) - found.keys():
        condition, params = database.one_of("name", unknown)
        ids = dict(database.rows(f"SELECT name, id FROM analytics_session WHERE {condition}", params))
        if missing := sorted(unknown - ids.keys()):
            ids |= _add_sessions(missing)
        found |= _cache_after_commit(_sessions, ids)
    return found


def _add_sessions(names: list[str]) -> dict[str, int]:
    """Add the sessions and return their ids. One that a concurrent transaction adds is found once that commits."""
    given, params = database.table(["name"], [[name] for name in names], ["text"])
    added = database.rows(
        f"""INSERT INTO analytics_session (name) SELECT name FROM {given} WHERE true
            ON CONFLICT DO NOTHING RETURNING name, id""",
        params,
    )
    if len(added) < len(names):
        condition, params = database.one_of("name", names)
        added = database.rows(f"SELECT name, id FROM analytics_session WHERE {condition}", params)
    return dict(added)


def get_or_create_kinds(pairs: Collection[Kind]) -> dict[Kind, int]:
    """Return the id of each pair of category and name, creating the kinds that do not exist."""
    found = _cached(_kinds, pairs)
    if unknown := set(pairs) - found.keys():
        ids = _find_kinds(unknown)
        if missing := sorted(unknown - ids.keys()):
            given, params = _pairs(missing)
            database.execute(
                f"INSERT INTO analytics_kind (category, name) SELECT category, name FROM {given} WHERE true "
                "ON CONFLICT DO NOTHING",
                params,
            )
            ids |= _find_kinds(missing)
        found |= _cache_after_commit(_kinds, ids)
    return found


def _find_kinds(pairs: Collection[Kind]) -> dict[Kind, int]:
    given, params = _pairs(pairs)
    found = database.rows(f"SELECT category, name, id FROM analytics_kind JOIN {given} USING (category, name)", params)
    return {(category, name): id for category, name, id in found}


def _pairs(pairs: Collection[Kind]) -> tuple[str, list[Any]]:
    return database.table(["category", "name"], list(pairs), ["text", "text"])


def _cached(cache: dict[Label, int], labels: Collection[Label]) -> dict[Label, int]:
    return {label: cache[label] for label in labels if label in cache}


def _cache_after_commit(cache: dict[Label, int], ids: dict[Label, int]) -> dict[Label, int]:
    """Return the ids and, on PostgreSQL, remember them once the transaction commits."""

    def update_cache() -> None:
        if len(cache) + len(ids) > MAX_CACHED_IDS:
            cache.clear()
        cache.update(ids)

    if database.on_postgres():
        database.after_commit(update_cache)
    return ids


def clear_cache() -> None:
    _sessions.clear()
    _kinds.clear()
