"""Set aside what was acknowledged and cannot be stored: entries of the inbox, views of unknown blogs."""

from collections.abc import Iterator
from datetime import datetime

from analytics.models import DeadLetter
from analytics.sources.messages.deliveries import packed, unpacked
from analytics.sources.messages.traces import Person, without


def add(entry: str, payload: bytes, reason: str, now: datetime) -> None:
    DeadLetter.objects.get_or_create(entry=entry, defaults={"payload": payload, "reason": reason, "set_aside_at": now})


def count() -> int:
    return DeadLetter.objects.count()


def erase(person: Person) -> int:
    """Remove what dead letters hold of a person and return the number of letters changed. A letter that cannot be read
    is deleted if it contains the name."""
    return sum(_erase_from(letter, person) for letter in DeadLetter.objects.iterator())


def _erase_from(letter: DeadLetter, person: Person) -> bool:
    """Remove a person from a letter; return whether the letter has changed."""
    payload = bytes(letter.payload)
    try:
        delivery = unpacked(payload)
    except ValueError:
        return person.spelling in payload and bool(letter.delete()[0])
    rest = without(delivery, person.traces)
    if rest == delivery:
        return False
    if rest.size:
        DeadLetter.objects.filter(pk=letter.pk).update(payload=packed(rest))
    else:
        letter.delete()
    return True


def all_letters() -> Iterator[DeadLetter]:
    """Yield the letters in the order in which they were set aside."""
    yield from DeadLetter.objects.order_by("pk").iterator()


def find(id: int) -> DeadLetter | None:
    return DeadLetter.objects.filter(pk=id).first()


def lock(id: int) -> DeadLetter | None:
    """Return this letter, or None, and keep others from changing it until the transaction ends."""
    return DeadLetter.objects.select_for_update().filter(pk=id).first()


def delete(id: int) -> bool:
    """Delete this letter and return whether it was there."""
    return bool(DeadLetter.objects.filter(pk=id).delete()[0])
