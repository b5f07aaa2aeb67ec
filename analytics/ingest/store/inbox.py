"""The inbox: a Redis stream of packed deliveries that a consumer group drains. An entry leaves it once it is stored."""

from enum import Enum, auto
from typing import NamedTuple

from django_redis import get_redis_connection
from redis import Redis, ResponseError

from analytics import cache

STREAM = "ideeza:inbox"
GROUP = "collect"
FIELD = b"d"
AT_ONCE = 100
"""Entries that are taken together."""
DESERTED_MS = 10_000
"""A worker that has not finished an entry for so long is taken to be dead. If it is not, the entry is stored once all
the same: its delivery is noted where it is stored."""
PUT = """
    if redis.call('XLEN', KEYS[1]) >= tonumber(ARGV[1]) then return 0 end
    redis.call('XADD', KEYS[1], '*', 'd', ARGV[2])
    return 1"""


class Put(Enum):
    """HELD: it survives. FULL: there are too many already. FAILED: perhaps it is there and perhaps not."""

    HELD = auto()
    FULL = auto()
    FAILED = auto()


class Entry(NamedTuple):
    id: bytes
    payload: bytes

    @property
    def received(self) -> int:
        """Microseconds since 1970: an entry's id begins with Redis' clock in milliseconds."""
        return int(self.id.partition(b"-")[0]) * 1000


def put(payload: bytes, most: int) -> Put:
    """Adds a delivery, if there are fewer than `most`."""
    client = cache.redis()
    done = cache.attempt(lambda: client.eval(PUT, 1, STREAM, most, payload)) if client else None
    return Put.FAILED if done is None else Put.HELD if done else Put.FULL


def length() -> int | None:
    """How many entries wait; None when Redis does not answer."""
    client = cache.redis()
    return cache.attempt(lambda: client.xlen(STREAM)) if client else None


def client() -> Redis:
    """The Redis that the inbox is in. What it raises is for the worker to hear."""
    return get_redis_connection("default")


def create_group(client: Redis) -> None:
    """Makes the group, and the stream, unless they are there: both are gone after a FLUSHALL."""
    try:
        client.xgroup_create(STREAM, GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def read_new(client: Redis, consumer: str, wait_ms: int) -> list[Entry]:
    """Entries that nobody has taken yet; waits for some, unless `wait_ms` is 0."""
    read = client.xreadgroup(GROUP, consumer, {STREAM: ">"}, count=AT_ONCE, block=wait_ms or None)
    return _entries(read[0][1]) if read else []


def pending(client: Redis, consumer: str) -> list[Entry]:
    """Entries that this consumer took before and did not finish."""
    return _entries(client.xreadgroup(GROUP, consumer, {STREAM: "0"}, count=AT_ONCE)[0][1])


def claim_abandoned(client: Redis, consumer: str) -> list[Entry]:
    """Entries that somebody took and did not finish."""
    return _entries(client.xautoclaim(STREAM, GROUP, consumer, DESERTED_MS, count=AT_ONCE)[1])


def _entries(found: list) -> list[Entry]:
    return [Entry(id, fields.get(FIELD, b"")) for id, fields in found if fields]


def acknowledge(client: Redis, entries: list[Entry]) -> None:
    """These are stored: they leave the stream."""
    ids = [entry.id for entry in entries]
    with client.pipeline(transaction=True) as both:
        both.xack(STREAM, GROUP, *ids)
        both.xdel(STREAM, *ids)
        both.execute()
