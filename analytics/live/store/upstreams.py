"""Services that know the visitors of a host."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from analytics.models import Upstream

REFUSED = (401, 403)
LONGEST_REASON = 300


class UpstreamSource(NamedTuple):
    """Whom to ask about a host, how often, and not before when."""

    host: str
    url: str
    key: str
    interval: int
    asked_at: datetime | None
    ask_after: datetime | None
    status: int

    def __repr__(self) -> str:
        return f"UpstreamSource({self.host!r}, {self.url!r})"

    @property
    def refuses(self) -> bool:
        return self.status in REFUSED


COLUMNS = UpstreamSource._fields


def sources() -> list[UpstreamSource]:
    return [
        UpstreamSource(*row) for row in Upstream.objects.filter(enabled=True).order_by("host").values_list(*COLUMNS)
    ]


def source(host: str) -> UpstreamSource | None:
    """Who is asked about a host; None when its visits are counted here."""
    rows = Upstream.objects.filter(enabled=True, host=host).values_list(*COLUMNS)
    return next((UpstreamSource(*row) for row in rows), None)


def interval(host: str) -> int | None:
    """Seconds between two snapshots of a host that is fed; None for one whose visits are counted here."""
    return Upstream.objects.filter(enabled=True, host=host).values_list("interval", flat=True).first()


def claim(source: UpstreamSource, now: datetime) -> bool:
    """Whether it is on us to ask now: of all who saw it last asked at the same time, it is on one."""
    unchanged = Upstream.objects.filter(host=source.host, asked_at=source.asked_at)
    return bool(unchanged.update(asked_at=now))


def note(host: str, found: Mapping[str, object]) -> None:
    """How it went: any of status, failure, answered_at and ask_after."""
    Upstream.objects.filter(host=host).update(**found)
