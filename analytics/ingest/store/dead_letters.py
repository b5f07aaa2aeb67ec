"""Set aside deliveries that cannot be stored, with the reason, so that the others proceed and no loss is silent."""

from datetime import datetime

from analytics.models import DeadLetter


def add(entry: str, payload: bytes, reason: str, now: datetime) -> None:
    DeadLetter.objects.get_or_create(entry=entry, defaults={"payload": payload, "reason": reason, "set_aside_at": now})


def count() -> int:
    return DeadLetter.objects.count()
