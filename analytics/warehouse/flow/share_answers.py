"""Share answers: kept by the version of the summaries, and computed once for equal questions that come at once."""

from collections.abc import Callable
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from analytics.bounded_memory import BoundedMemory
from analytics.database import database_name, in_transaction
from analytics.datasets import Dataset
from analytics.single_flight import SingleFlight
from analytics.warehouse.store import answer_cache, generations, stale_days
from analytics.warehouse.store.generations import Freshness
from analytics.warehouse.store.locks import AlreadyRunning, roll_up_lock

MAX_REMEMBERED_CHARACTERS = 2_000_000
"""The most characters of questions and answers in JSON that a flow remembers: some 15 MB of objects."""

T = TypeVar("T")


class SharedAnswers(Generic[T]):
    """The answers of one flow: in the memory of this process, and behind it in the cache that processes share. `T` is
    what is kept of an answer, and `decode` makes it from its JSON. Callers must not change it."""

    def __init__(self) -> None:
        self._flights: SingleFlight[tuple[T, Freshness]] = SingleFlight()
        self._memory: BoundedMemory[T] = BoundedMemory(MAX_REMEMBERED_CHARACTERS)

    def get(
        self,
        question: str,
        dataset: Dataset,
        freshness: Freshness,
        decode: Callable[[str], T],
        compute: Callable[[], tuple[T, Freshness]],
    ) -> tuple[T, Freshness]:
        """Return the answer to a question and its freshness: the one kept for this version of the summaries, or a new
        one, which is then kept. `freshness` was read just before.

        Threads that ask the same new question at once share one computation. It begins after the version was read, and
        what it reads has this version or a later one, so no thread gets an older answer than it could have read itself.
        """
        if freshness.crowded:
            _compact_logs(dataset)
        if (kept := self._find(question, freshness.version, decode)) is not None:
            return kept, freshness

        def compute_and_keep() -> tuple[T, Freshness]:
            found, own = compute()
            self._keep(question, own.version, found)
            return found, own

        if in_transaction():  # what it has changed is not for others, and its locks do not wait for them
            return compute_and_keep()

        def find_or_compute() -> tuple[T, Freshness]:
            """Return an answer that another thread has kept since this one looked, or a new one."""
            kept = self._memory.find((database_name(), question, freshness.version))
            return compute_and_keep() if kept is None else (kept, freshness)

        found, own = self._flights.run((database_name(), question, freshness.version), find_or_compute)
        return found, freshness if own.version == freshness.version else own

    def forget(self) -> None:
        """Forget what this process remembers; what processes share stays."""
        self._memory.clear()

    def _find(self, question: str, version: str, decode: Callable[[str], T]) -> T | None:
        if (remembered := self._memory.find((database_name(), question, version))) is not None:
            return remembered
        if (text := answer_cache.find(question, version)) is None:
            return None
        found = decode(text)
        self._remember(question, version, found, text)
        return found

    def _keep(self, question: str, version: str, found: T) -> None:
        text = msgspec.json.encode(found).decode()
        answer_cache.keep(question, version, text)
        self._remember(question, version, found, text)

    def _remember(self, question: str, version: str, found: T, text: str) -> None:
        self._memory.remember((database_name(), question, version), found, len(question) + len(text))


def _compact_logs(dataset: Dataset) -> None:
    """Shorten the logs that every question reads, unless a roll-up runs, which does the same."""
    with suppress(AlreadyRunning), roll_up_lock():
        stale_days.compact(dataset)
        generations.compact_labels()
