"""The values of dimensions by their keys, and the keys by their values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
from django.contrib.auth import get_user_model

from analytics import database
from analytics.datasets import ContextDimension
from analytics.models import Country
from tally.columns import UNKNOWN_GROUP, looked_up
from tally.counts import Ints
from tally.question import Value
from tally.where import Field

USERS = get_user_model()._meta.db_table
CONTEXT_FIELDS = {Field[each.name]: each for each in ContextDimension}
HOST = {
    "postgresql": "split_part(url, '/', 1)",
    "sqlite": "CASE instr(url, '/') WHEN 0 THEN url ELSE substr(url, 1, instr(url, '/') - 1) END",
}
"""The host of a blog, whose url is kept as host and path."""


def keys_of(field: Field, values: Iterable[str | int | None]) -> list[int]:
    """Return the keys of values of a dimension that facts are grouped by. An unknown value has none."""
    wanted = list(values)
    unknown = [UNKNOWN_GROUP] if None in wanted else []
    known = [value for value in wanted if value is not None]
    if field is Field.HOUR:
        return [int(value) + 1 for value in known]
    if field is Field.COUNTRY:
        codes = {str(value).upper() for value in known}
        found = Country.objects.values_list("id", "code").order_by()
        return unknown + [key for key, code in found if code.upper() in codes]
    condition, params = database.one_of("value", [str(value) for value in known], "text")
    sql = f"SELECT id FROM analytics_dimensionvalue WHERE dimension = %s AND {condition}"
    rows = database.rows(sql, [CONTEXT_FIELDS[field].value, *params]) if known else []
    return unknown + [key for (key,) in rows]


def values_of(field: Field, keys: Sequence[int]) -> Mapping[int, Value]:
    """Return the values of keys, as the query language says them. What has none is unknown, which is None."""
    return VALUES.get(field, _context_values)(keys)


def _context_values(keys: Sequence[int]) -> Mapping[int, Value]:
    return _values_by_id("SELECT id, value FROM analytics_dimensionvalue WHERE {}", keys)


def _values_by_id(sql: str, keys: Sequence[int]) -> Mapping[int, Value]:
    condition, params = database.one_of("id", [key for key in keys if key != UNKNOWN_GROUP])
    return dict(database.rows(sql.format(condition), params))


def _countries(keys: Sequence[int]) -> Mapping[int, Value]:
    found = Country.objects.values_list("id", "code", "name").order_by()
    return {key: {"code": code, "name": name} for key, code, name in found}


def _hours(keys: Sequence[int]) -> Mapping[int, Value]:
    return {key: key - 1 for key in keys}


def _weekdays(keys: Sequence[int]) -> Mapping[int, Value]:
    return {key: key for key in keys}


def _blogs(keys: Sequence[int]) -> Mapping[int, Value]:
    """Return blogs. A deleted one that purged views still count is named by its number."""
    condition, params = database.one_of("id", keys)
    found = database.rows(f"SELECT id, title, url FROM analytics_blog WHERE {condition}", params)
    deleted: dict[int, Value] = {key: {"id": key, "title": f"Deleted blog {key}", "url": ""} for key in keys}
    return deleted | {key: {"id": key, "title": title, "url": url} for key, title, url in found}


def _authors(keys: Sequence[int]) -> Mapping[int, Value]:
    return _values_by_id(f"SELECT id, username FROM {USERS} WHERE {{}}", keys)


def _sessions(keys: Sequence[int]) -> Mapping[int, Value]:
    found = _values_by_id("SELECT id, name FROM analytics_session WHERE {}", keys)
    return {key: f"Deleted session {key}" for key in keys} | dict(found)


VALUES: dict[Field, Callable[[Sequence[int]], Mapping[int, Value]]] = {
    Field.COUNTRY: _countries,
    Field.HOUR: _hours,
    Field.WEEKDAY: _weekdays,
    Field.BLOG: _blogs,
    Field.AUTHOR: _authors,
    Field.SESSION: _sessions,
}


class Sites:
    """The site of each blog, as numbers: 0 for a blog without one, and for a deleted blog."""

    def __init__(self) -> None:
        host = HOST[database.vendor()]
        found = database.rows(f"SELECT id, {host} FROM analytics_blog WHERE url <> '' ORDER BY id")
        self.names = sorted({name for _, name in found})
        numbers = {name: number for number, name in enumerate(self.names, 1)}
        self.blogs = np.array([blog for blog, _ in found], np.int64)
        self.numbers = np.array([numbers[name] for _, name in found], np.int64)

    def of(self, blogs: Ints) -> Ints:
        return looked_up(self.blogs, self.numbers, blogs)

    def name(self, number: int) -> str | None:
        return self.names[number - 1] if number else None

    def blogs_of(self, name: str) -> Ints:
        """Return the blogs of a site, ascending."""
        number = self.names.index(name) + 1 if name in self.names else -1
        found: Ints = self.blogs[self.numbers == number]
        return found

    def blogs_of_each(self, names: Iterable[str]) -> dict[str, Ints]:
        """Return the blogs of each site, ascending."""
        return {name: self.blogs_of(name) for name in names}


@lru_cache(maxsize=1)
def sites(version: str) -> Sites:
    """Return the sites for this version of the labels."""
    return Sites()


def session_ids(names: Iterable[str]) -> Ints:
    condition, params = database.one_of("name", sorted(names), "text")
    found = database.rows(f"SELECT id FROM analytics_session WHERE {condition} ORDER BY id", params)
    return np.array([key for (key,) in found], np.int64)


def all_blogs() -> Ints:
    """Return the ids of all blogs, ascending."""
    (ids,) = database.columns(("id",), "(SELECT id FROM analytics_blog) AS blog")
    return np.sort(ids)
