"""Slices of lists, as pages of an API show them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class ListSlice:
    """A slice of a list; `count` is the length of the whole list."""

    count: int
    items: Sequence[Any]
