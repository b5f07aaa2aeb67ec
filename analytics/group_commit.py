"""Let one thread of this process commit together what several are about to commit at the same time."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

log = logging.getLogger(__name__)
T = TypeVar("T")
R = TypeVar("R")


class _Waiting(Generic[T, R]):
    """An item that a thread wants committed, and afterwards its result, or that its thread is to commit it alone."""

    def __init__(self, item: T) -> None:
        self.item = item
        self.results: list[R] = []
        self.is_left_alone = False

    @property
    def is_done(self) -> bool:
        return bool(self.results) or self.is_left_alone


class GroupCommit(Generic[T, R]):
    """Commits of items by one function, which takes a list and returns the result of each.

    While one thread commits, the items of others wait, and the next thread commits all of them at once. A thread alone
    commits its item at once. If a group fails, each thread commits its own item by itself, so that it gets no error but
    its own.
    """

    def __init__(self, commit: Callable[[Sequence[T]], Sequence[R]], max_items: int) -> None:
        self.commit, self.max_items = commit, max_items
        self._waiting: list[_Waiting[T, R]] = []
        self._is_committing = False
        self._changed = threading.Condition()

    def run(self, item: T) -> R:
        """Return the result of an item once it is committed, by this thread or by another one."""
        mine = _Waiting[T, R](item)
        with self._changed:
            self._waiting.append(mine)
        while group := self._next_group(mine):
            self._commit_together(group)
        return mine.results[0] if mine.results else self.commit([item])[0]

    def _next_group(self, mine: _Waiting[T, R]) -> list[_Waiting[T, R]]:
        """Wait until this thread is to commit a group, and return it, or an empty one once its own item is done."""
        with self._changed:
            while self._is_committing and not mine.is_done:
                self._changed.wait()
            if mine.is_done:
                return []
            self._is_committing = True
            group, self._waiting = self._waiting[: self.max_items], self._waiting[self.max_items :]
            return group

    def _commit_together(self, group: Sequence[_Waiting[T, R]]) -> None:
        results: Sequence[R] = []
        try:
            results = self.commit([each.item for each in group])
        except Exception:
            if len(group) == 1:  # it is this thread's own
                raise
            log.info("%d items are committed one by one.", len(group), exc_info=True)
        finally:
            with self._changed:
                for place, each in enumerate(group):
                    each.results.extend(results[place : place + 1])
                    each.is_left_alone = not each.results
                self._is_committing = False
                self._changed.notify_all()
