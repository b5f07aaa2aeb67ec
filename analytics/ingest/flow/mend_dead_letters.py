"""List dead letters, and store them again once their fault is mended."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import DataError, IntegrityError
from msgspec.structs import replace

from analytics import database, logs
from analytics.ingest.flow import write
from analytics.ingest.flow.write import InsertResult, Outcome
from analytics.ingest.store import dead_letters
from analytics.models import DeadLetter
from analytics.sources.messages.deliveries import Delivery, unpacked
from analytics.sources.messages.events import digest
from analytics.sources.messages.readable_deliveries import Unreadable, from_json, to_json

ID_BYTES = 16
UNSTORABLE = (ValueError, TypeError, LookupError, ArithmeticError, DataError, IntegrityError)
"""The errors of a delivery that cannot be stored."""


class NoSuchLetter(LookupError):
    """There is no dead letter with this id."""


class StillDead(ValueError):
    """The letter cannot be stored yet: the message says why."""


class LetterLine(NamedTuple):
    """What a list says of a dead letter; `size` is that of its payload in bytes."""

    id: int
    set_aside_at: datetime
    size: int
    entry: str
    reason: str


class MendResult(NamedTuple):
    """What became of a letter: the numbers of events, views, visits and error records stored, of events and views that
    were there already, of facts that were erased, and of views whose blog does not exist, in a letter of their own."""

    events: int = 0
    views: int = 0
    visits: int = 0
    errors: int = 0
    duplicates: int = 0
    erased: int = 0
    left: int = 0


def list_letters() -> Iterator[LetterLine]:
    for each in dead_letters.all_letters():
        reason = logs.without_secrets(" ".join(each.reason.split()))
        yield LetterLine(each.pk, each.set_aside_at, len(each.payload), each.entry, reason)


def show(id: int) -> bytes:
    """Return the letter's delivery in its readable form. Raise NoSuchLetter, and StillDead if it cannot be read."""
    return to_json(_unpacked(_require(dead_letters.find(id), id)))


def store(id: int, mended: bytes | None = None) -> MendResult:
    """Store the letter's delivery, or its mended readable form, and delete the letter, in one transaction.

    A delivery that is stored already is not stored again. Raise NoSuchLetter; StillDead if nothing of it can be stored:
    then the letter stays; Unreadable if the mended form is none.
    """
    write.begin([_delivery(_require(dead_letters.find(id), id), mended)])
    with database.committing():
        letter = _require(dead_letters.lock(id), id)
        delivery = _delivery(letter, mended)
        (kept,) = write.drop_erased([delivery])
        result = _result(kept, _persist(kept))
        if result.left and result.left == kept.size:
            raise StillDead("There is no blog of this url or id.")
        dead_letters.delete(id)
        return result._replace(erased=delivery.size - kept.size)


def delete(id: int) -> None:
    """Delete a letter. Raise NoSuchLetter."""
    if not dead_letters.delete(id):
        raise NoSuchLetter(f"There is no dead letter {id}.")


def _require(letter: DeadLetter | None, id: int) -> DeadLetter:
    if letter is None:
        raise NoSuchLetter(f"There is no dead letter {id}.")
    return letter


def _unpacked(letter: DeadLetter) -> Delivery:
    try:
        return unpacked(bytes(letter.payload))
    except ValueError as error:
        raise StillDead(f"Its {len(letter.payload)} bytes are no delivery: {error}") from error


def _delivery(letter: DeadLetter, mended: bytes | None) -> Delivery:
    """Return the delivery to store, with the id of the letter's own and the time at which it arrived."""
    try:
        delivery = _unpacked(letter)
    except StillDead:
        if mended is None:
            raise
        delivery = Delivery(b"", 0, 0)
    id = delivery.id if len(delivery.id) == ID_BYTES else digest("dead letter", letter.entry)
    arrived = delivery.arrived or _arrived(letter.entry)
    return replace(delivery if mended is None else from_json(mended, id), id=id, arrived=arrived)


def _arrived(entry: str) -> int:
    """Return the time in the id of an entry of the inbox, in microseconds; 0 for a letter that was no entry."""
    milliseconds, dash, _ = entry.partition("-")
    return int(milliseconds) * 1000 if dash and milliseconds.isdecimal() else 0


def _persist(delivery: Delivery) -> Outcome:
    try:
        return write.persist([delivery], once=True)[0]
    except UNSTORABLE as error:
        first_line = str(error).strip().partition("\n")[0]
        raise StillDead(logs.without_secrets(f"{type(error).__name__}: {first_line}")) from error


def _result(delivery: Delivery, outcome: Outcome) -> MendResult:
    """Return what was stored of a delivery. The outcome is empty if the delivery was stored before."""
    if outcome == Outcome():
        is_new = not (delivery.events or delivery.views or delivery.visits)
        return MendResult(
            duplicates=len(delivery.events) + len(delivery.views), errors=len(delivery.rejected) if is_new else 0
        )
    results = [event.result for event in outcome.events]
    new = results.count(InsertResult.NEW)
    return MendResult(
        events=new,
        views=outcome.views.count(True),
        visits=len(outcome.visits),
        errors=len(delivery.rejected),
        duplicates=len(results) - new + outcome.views.count(False),
        left=outcome.views.count(None),
    )


__all__ = ["MendResult", "NoSuchLetter", "StillDead", "Unreadable", "delete", "list_letters", "show", "store"]
