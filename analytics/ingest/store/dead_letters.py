"""What could not be stored, set aside with the reason, so that the rest goes on and nothing is dropped unseen."""

from datetime import datetime

from analytics.models import Poison


def add(entry: str, payload: bytes, reason: str, now: datetime) -> None:
    Poison.objects.get_or_create(entry=entry, defaults={"payload": payload, "reason": reason, "set_aside_at": now})


def count() -> int:
    return Poison.objects.count()
