"""The numbers of sessions and of kinds of events: found, or given. They are added in order, so that two who add the
same ones never wait for each other in a circle."""

from collections.abc import Collection

from analytics import database

Kind = tuple[str, str]
"""A category, and a name within it."""


def sessions(names: Collection[str]) -> dict[str, int]:
    """Each session's number, given where it has none."""
    found = _sessions(names)
    if missing := sorted(set(names) - found.keys()):
        given, params = database.table(["name"], [[name] for name in missing], ["text"])
        database.execute(
            f"INSERT INTO analytics_session (name) SELECT name FROM {given} WHERE true ON CONFLICT DO NOTHING", params
        )
        found |= _sessions(missing)
    return found


def _sessions(names: Collection[str]) -> dict[str, int]:
    wanted, params = database.one_of("name", names)
    return dict(database.rows(f"SELECT name, id FROM analytics_session WHERE {wanted}", params))


def kinds(pairs: Collection[Kind]) -> dict[Kind, int]:
    """The number of each category and name, given where they have none."""
    found = _kinds(pairs)
    if missing := sorted(set(pairs) - found.keys()):
        given, params = _pairs(missing)
        database.execute(
            f"INSERT INTO analytics_kind (category, name) SELECT category, name FROM {given} WHERE true "
            "ON CONFLICT DO NOTHING",
            params,
        )
        found |= _kinds(missing)
    return found


def _kinds(pairs: Collection[Kind]) -> dict[Kind, int]:
    given, params = _pairs(pairs)
    found = database.rows(f"SELECT category, name, id FROM analytics_kind JOIN {given} USING (category, name)", params)
    return {(category, name): id for category, name, id in found}


def _pairs(pairs: Collection[Kind]) -> tuple[str, list]:
    return database.table(["category", "name"], list(pairs), ["text", "text"])
