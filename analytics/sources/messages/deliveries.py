"""The values that are queued to be stored, small and frozen, with a binary form for the inbox.

Times are microseconds since 1970, UTC. A key is a digest of the application and the id that it gave, 16 bytes; facts
with the same key are stored once.
"""

import msgspec

from analytics.sources.contexts import UNKNOWN, ViewContext
from analytics.sources.messages.page_visits import PageVisit


class QueuedBlogView(msgspec.Struct, array_like=True, frozen=True):
    """A view of a blog, named by its id or else by its url; `country` is an ISO code, empty for unknown. `title` is
    that of the page, for a page that becomes a blog. `visitor` is the visitor's number, 0 for unknown. A new field goes
    to the end with a default, as in `Delivery`."""

    at: int
    blog: int = 0
    url: str = ""
    country: str = ""
    viewer: str = ""
    address: bytes = b""
    key: bytes | None = None
    title: str = ""
    context: ViewContext = UNKNOWN
    visitor: int = 0


class QueuedEvent(msgspec.Struct, array_like=True, frozen=True):
    """A valid event as it is queued. `data` is JSON, `content` the digest of the event's fields. `view` is set when the
    event is a page view, and is stored with it if the page is a blog; `visit` likewise, for the pages of a site."""

    session: str
    category: str
    name: str
    data: str
    at: int
    content: bytes
    key: bytes | None = None
    view: QueuedBlogView | None = None
    visit: PageVisit | None = None


class RejectedEvent(msgspec.Struct, array_like=True, frozen=True):
    """An event that is not valid: the value that was sent, as JSON, and the reason."""

    session: str
    category: str
    name: str
    at: int
    payload: str
    field: str
    reason: str
    is_bot: bool = False


class Delivery(msgspec.Struct, array_like=True, frozen=True):
    """The content of one request. `id` is unique, so that a delivery is stored once, however often it is delivered.

    `arrived` is the time at which the inbox took it, by the clock of Redis; 0 before it is read from there. A new field
    goes to the end with a default, because the previous version wrote the deliveries still in an inbox.
    """

    id: bytes
    application: int
    received: int
    events: list[QueuedEvent] = []
    views: list[QueuedBlogView] = []
    rejected: list[RejectedEvent] = []
    bots: dict[str, int] = {}
    visits: list[PageVisit] = []
    arrived: int = 0

    @property
    def size(self) -> int:
        return len(self.events) + len(self.views) + len(self.rejected) + len(self.visits)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Delivery)


def packed(delivery: Delivery) -> bytes:
    return _encoder.encode(delivery)


def unpacked(data: bytes) -> Delivery:
    """Return the delivery that these bytes hold. Raise ValueError when they hold none.

    >>> delivery = Delivery(b"0123456789abcdef", 0, 0, views=[QueuedBlogView(at=1, blog=2)])
    >>> unpacked(packed(delivery)) == delivery
    True
    """
    return _decoder.decode(data)
