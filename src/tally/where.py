"""Conditions: a tree of and, or and not over leaves. A leaf says that a field is one of several values: the country,
author or blog of a view, or the category or name of an event.

A tree is evaluated in two steps. For each group it becomes a condition on the members alone (`for_group`), which is
then applied to arrays of ids (`accepts`). Before that, `resolve_names` replaces names by ids.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.counts import ENTRIES_AT_ONCE, Ints, Mask


class Field(Enum):
    """What a condition can be about: of views the country, what their context holds, the hour and weekday, and what
    follows from the blog; of events the kind and the session."""

    COUNTRY = "country"
    SOURCE = "source"
    MEDIUM = "medium"
    CAMPAIGN = "campaign"
    REFERRER = "referrer"
    DEVICE = "device"
    BROWSER = "browser"
    OS = "os"
    LANGUAGE = "language"
    HOUR = "hour"
    WEEKDAY = "weekday"
    AUTHOR = "author"
    BLOG = "blog"
    SITE = "site"
    CATEGORY = "category"
    NAME = "name"
    SESSION = "session"


@dataclass(frozen=True, slots=True)
class In:
    """The field is one of these values: country codes (None for unknown), usernames, blog ids, categories or names of
    events."""

    field: Field
    values: tuple[str | int | None, ...]


@dataclass(frozen=True, slots=True)
class InGroups:
    """The group is one of these."""

    keys: frozenset[int]


@dataclass(frozen=True, slots=True, eq=False)
class InMembers:
    """The member is one of these ids."""

    ids: Ints


@dataclass(frozen=True, slots=True)
class And:
    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Or:
    parts: tuple[Where, ...]


@dataclass(frozen=True, slots=True)
class Not:
    part: Where


Where: TypeAlias = In | InGroups | InMembers | And | Or | Not

EVERYTHING = And(())
NOTHING = Or(())


def leaves(where: Where) -> Iterator[In | InGroups | InMembers]:
    """Yield the conditions at the ends of the branches, from left to right."""
    match where:
        case And(parts) | Or(parts):
            for part in parts:
                yield from leaves(part)
        case Not(part):
            yield from leaves(part)
        case _:
            yield where


def values(where: Where, field: Field) -> list[str | int | None]:
    """Return all values that the tree names for a field, each once, in order.

    >>> values(Or((In(Field.COUNTRY, ("DE", None)), Not(In(Field.COUNTRY, ("DE",))))), Field.COUNTRY)
    ['DE', None]
    """
    named = (leaf.values for leaf in leaves(where) if isinstance(leaf, In) and leaf.field is field)
    return list(dict.fromkeys(value for each in named for value in each))


def replace_leaves(where: Where, leaf: Callable[[In | InGroups | InMembers], Where]) -> Where:
    """Return the tree with each leaf replaced and constant parts removed."""
    match where:
        case And(parts):
            return _all(tuple(replace_leaves(part, leaf) for part in parts))
        case Or(parts):
            return _any(tuple(replace_leaves(part, leaf) for part in parts))
        case Not(part):
            return _not(replace_leaves(part, leaf))
        case _:
            return leaf(where)


def _all(parts: tuple[Where, ...]) -> Where:
    rest = tuple(part for part in parts if part != EVERYTHING)
    if NOTHING in rest:
        return NOTHING
    return rest[0] if len(rest) == 1 else And(rest)


def _any(parts: tuple[Where, ...]) -> Where:
    rest = tuple(part for part in parts if part != NOTHING)
    if EVERYTHING in rest:
        return EVERYTHING
    return rest[0] if len(rest) == 1 else Or(rest)


def _not(part: Where) -> Where:
    if part == EVERYTHING:
        return NOTHING
    return EVERYTHING if part == NOTHING else Not(part)


def resolve_names(
    where: Where,
    countries: Mapping[str | None, int],
    blogs: Mapping[str, Ints],
    sites: Mapping[str, Ints] | None = None,
) -> Where:
    """Return the tree with ids for names: groups by country code, blog ids by author and by site. An unknown name
    matches nothing."""
    of_sites = sites or {}

    def by_id(leaf: In | InGroups | InMembers) -> Where:
        match leaf:
            case In(Field.COUNTRY, codes):
                keys = frozenset(countries[code] for code in codes if code in countries)  # type: ignore[index]
                return InGroups(keys) if keys else NOTHING
            case In(Field.AUTHOR, names):
                return _in_members([blogs[name] for name in names if name in blogs])  # type: ignore[index]
            case In(Field.SITE, hosts):
                return _in_members([of_sites[host] for host in hosts if host in of_sites])  # type: ignore[index]
            case In(Field.BLOG, ids):
                return _in_members([np.array(ids, np.int64)])
        return leaf

    return replace_leaves(where, by_id)


def _in_members(several: list[Ints]) -> Where:
    ids = np.unique(np.concatenate(several)) if several else np.zeros(0, np.int64)
    return InMembers(ids) if ids.size else NOTHING


def resolve_kinds(where: Where, kinds: Mapping[int, tuple[str, str]]) -> Where:
    """Return the tree with groups for categories and names of events. `kinds` gives the category and the name of each
    kind; a kind is the group of an event, like the country of a view.

    >>> resolve_kinds(In(Field.NAME, ("click",)), {1: ("cta", "click"), 2: ("page", "view"), 3: ("nav", "click")})
    InGroups(keys=frozenset({1, 3}))
    """

    def by_id(leaf: In | InGroups | InMembers) -> Where:
        match leaf:
            case In(Field.CATEGORY | Field.NAME as field, wanted):
                place = (Field.CATEGORY, Field.NAME).index(field)
                keys = frozenset(key for key, names in kinds.items() if names[place] in wanted)
                return InGroups(keys) if keys else NOTHING
        return leaf

    return replace_leaves(where, by_id)


def named_groups(where: Where) -> frozenset[int]:
    """Return the groups that a resolved tree names. For all other groups it says the same."""
    return frozenset().union(*(leaf.keys for leaf in leaves(where) if isinstance(leaf, InGroups)))


def for_group(where: Where, key: int) -> Where:
    """Return what a resolved tree requires of the members of a group.

    >>> germany_or_blog_5 = Or((InGroups(frozenset({1})), InMembers(np.array([5]))))
    >>> for_group(germany_or_blog_5, 1) == EVERYTHING
    True
    >>> for_group(germany_or_blog_5, 2)
    InMembers(ids=array([5]))
    """

    def decided(leaf: In | InGroups | InMembers) -> Where:
        if isinstance(leaf, InGroups):
            return EVERYTHING if key in leaf.keys else NOTHING
        return leaf

    return replace_leaves(where, decided)


def conjunction(one: Where, other: Where) -> Where:
    """Return the condition that both hold."""
    return _all((one, other))


MAX_TABLE = 2**22
"""Ids up to this one are looked up in a table of all ids, one byte each: that is ten times faster than a search."""


def is_member(ids: NDArray[np.integer], wanted: Ints) -> Mask:
    """Return which of the ids are wanted."""
    largest = int(wanted.max(initial=0))
    if ids.dtype.itemsize > np.dtype(np.uint32).itemsize or largest > MAX_TABLE:
        return np.isin(ids.astype(np.int64), wanted)  # of a mix with uint64, numpy would make doubles
    table = np.zeros(largest + 2, np.bool_)  # the last one stands for all larger ids
    table[wanted[wanted >= 0]] = True
    found = np.empty(ids.size, np.bool_)
    for start in range(0, ids.size, ENTRIES_AT_ONCE):
        piece = slice(start, start + ENTRIES_AT_ONCE)
        found[piece] = table.take(ids[piece], mode="clip")
    return found


def accepts(where: Where, ids: NDArray[np.integer]) -> Mask:
    """Return which of these ids a tree without groups accepts."""
    match where:
        case InMembers(wanted):
            return is_member(ids, wanted)
        case Not(part):
            return ~accepts(part, ids)
        case And(parts):
            return (
                np.logical_and.reduce([accepts(part, ids) for part in parts]) if parts else np.ones(ids.shape, np.bool_)
            )
        case Or(parts):
            return (
                np.logical_or.reduce([accepts(part, ids) for part in parts]) if parts else np.zeros(ids.shape, np.bool_)
            )
        case _:
            raise TypeError(f"{where} is not a condition on members")
