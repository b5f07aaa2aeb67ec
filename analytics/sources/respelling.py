"""Find the rows that say the same in several spellings: which are renamed, and which are merged into which."""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class SpelledRow(NamedTuple, Generic[Key]):
    """A row with its key as it is stored and in its one spelling; that is None for a text that has none."""

    id: int
    stored: Key
    normal: Key | None


@dataclass(frozen=True, slots=True)
class Respelling(Generic[Key]):
    """The new keys of rows by id, the row that each other row is merged into, and the keys that have no spelling."""

    renamed: dict[int, Key] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    unreadable: list[Key] = field(default_factory=list)


def respelling(rows: Iterable[SpelledRow[Key]]) -> Respelling[Key]:
    """Return what gives each key one row, in its one spelling. Of several rows the first stays.

    >>> respelling([SpelledRow(3, "A", "a"), SpelledRow(5, "%61", "a"), SpelledRow(6, "?", None)])
    Respelling(renamed={3: 'a'}, merged={5: 3}, unreadable=['?'])
    """
    found: Respelling[Key] = Respelling()
    first: dict[Key, int] = {}
    for row in rows:
        if row.normal is None:
            found.unreadable.append(row.stored)
        elif row.normal in first:
            found.merged[row.id] = first[row.normal]
        else:
            first[row.normal] = row.id
            if row.normal != row.stored:
                found.renamed[row.id] = row.normal
    return found


def is_respelled(row: SpelledRow[Key]) -> bool:
    """Return whether the row is not spelled normally; rows sort by it, because those that are stay."""
    return row.stored != row.normal
