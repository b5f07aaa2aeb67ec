"""Remember values in the memory of the process, the latest used ones, up to a bounded size."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class BoundedMemory(Generic[T]):
    """Values by key, of a total size of at most `bound`, in the caller's unit. The least recently used go first. A
    value larger than an eighth of the bound is not remembered: it would displace too many others."""

    def __init__(self, bound: int) -> None:
        self.bound, self.size = bound, 0
        self._values: OrderedDict[Hashable, tuple[T, int]] = OrderedDict()
        self._guard = threading.Lock()

    def find(self, key: Hashable) -> T | None:
        with self._guard:
            if (found := self._values.get(key)) is None:
                return None
            self._values.move_to_end(key)
            return found[0]

    def remember(self, key: Hashable, value: T, size: int) -> None:
        if size > self.bound // 8:
            return
        with self._guard:
            self._remove(key)
            self._values[key] = value, size
            self.size += size
            while self.size > self.bound:
                self._remove(next(iter(self._values)))

    def clear(self) -> None:
        with self._guard:
            self._values.clear()
            self.size = 0

    def _remove(self, key: Hashable) -> None:
        _, size = self._values.pop(key, (None, 0))
        self.size -= size
