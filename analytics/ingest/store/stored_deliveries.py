"""Note stored deliveries in the transaction that stores them, so that none is stored twice."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from analytics import database
from analytics.models import StoredDelivery


def note(ids: Collection[bytes], now: datetime) -> set[bytes]:
    """Note these deliveries as stored and return the ids of those that were not noted before."""
    given, params = database.table(["id"], [[id.hex()] for id in sorted(ids)], ["uuid"])
    new = database.rows(
        f"""INSERT INTO analytics_storeddelivery (id, at) SELECT id, %s FROM {given} WHERE true
            ON CONFLICT DO NOTHING RETURNING id""",
        [now, *params],
    )
    return {UUID(str(id)).bytes for (id,) in new}


def delete_before(before: datetime) -> int:
    """Delete the notes from before this time, whose deliveries cannot arrive again; return the number deleted."""
    return StoredDelivery.objects.filter(at__lt=before).delete()[0]
