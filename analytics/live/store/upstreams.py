"""Store the upstream services that count the visitors of a host."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from analytics.models import Upstream

REFUSED = (401, 403)
MAX_REASON = 300


class UpstreamSource(NamedTuple):
    """The service to ask about a host, the interval between questions, and the earliest time of the next one."""

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
    """Return the service that is asked about a host; None when its visits are counted here."""
    rows = Upstream.objects.filter(enabled=True, host=host).values_list(*COLUMNS)
    return next((UpstreamSource(*row) for row in rows), None)


def interval(host: str) -> int | None:
    """Return the seconds between two snapshots of a host with an upstream service; None when its visits are counted
    here."""
    return Upstream.objects.filter(enabled=True, host=host).values_list("interval", flat=True).first()


def claim(source: UpstreamSource, now: datetime, until: datetime) -> bool:
    """Return whether the caller is the one to ask now. Of all callers that read the same `asked_at`, one is. The next
    question is not asked before `until`, or before `update` notes the end of this one."""
    unchanged = Upstream.objects.filter(host=source.host, asked_at=source.asked_at)
    return bool(unchanged.update(asked_at=now, ask_after=until))


def update(host: str, found: Mapping[str, object]) -> None:
    """Note the result of a question to the service: any of status, failure, answered_at and ask_after."""
    Upstream.objects.filter(host=host).update(**found)
