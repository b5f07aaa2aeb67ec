"""Set aside what was acknowledged and cannot be stored: entries of the inbox, views of unknown blogs."""

from datetime import datetime

from analytics.models import DeadLetter
from analytics.sources.messages.deliveries import packed, unpacked, without_session


def add(entry: str, payload: bytes, reason: str, now: datetime) -> None:
    DeadLetter.objects.get_or_create(entry=entry, defaults={"payload": payload, "reason": reason, "set_aside_at": now})


def count() -> int:
    return DeadLetter.objects.count()


def erase_session(name: str) -> int:
    """Remove what dead letters hold of a session and return the number of letters changed. A letter that cannot be read
    is deleted if it contains the name."""
    changed = 0
    for letter in DeadLetter.objects.iterator():
        payload = bytes(letter.payload)
        try:
            delivery = unpacked(payload)
            rest = without_session(delivery, name)
        except ValueError:
            if name.encode() in payload:
                changed += letter.delete()[0]
            continue
        if rest == delivery:
            continue
        changed += 1
        if rest.size:
            DeadLetter.objects.filter(pk=letter.pk).update(payload=packed(rest))
        else:
            letter.delete()
    return changed
