"""Set aside what was acknowledged and cannot be stored: entries of the inbox, views of unknown blogs."""

from datetime import datetime

from analytics.models import DeadLetter


def add(entry: str, payload: bytes, reason: str, now: datetime) -> None:
    DeadLetter.objects.get_or_create(entry=entry, defaults={"payload": payload, "reason": reason, "set_aside_at": now})


def count() -> int:
    return DeadLetter.objects.count()
