"""Which deliveries are stored: noted in the transaction that stores them, so that none is stored twice."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from analytics import database
from analytics.models import Delivered


def note(ids: Collection[bytes], now: datetime) -> set[bytes]:
    """Notes these as stored; which of them were not yet."""
    given, params = database.table(["id"], [[id.hex()] for id in sorted(ids)], ["uuid"])
    new = database.rows(
        f"""INSERT INTO analytics_delivered (id, at) SELECT id, %s FROM {given} WHERE true
            ON CONFLICT DO NOTHING RETURNING id""",
        [now, *params],
    )
    return {UUID(str(id)).bytes for (id,) in new}


def forget(before: datetime) -> int:
    """Drops notes about what cannot be delivered again any more; how many there were."""
    return Delivered.objects.filter(at__lt=before).delete()[0]
