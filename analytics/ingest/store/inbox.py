"""The inbox: a Redis stream of packed deliveries that a consumer group drains. An entry leaves it once it is stored."""

from collections.abc import Iterable
from enum import Enum, auto
from typing import Any, NamedTuple

from django_redis import get_redis_connection
from redis import Redis, ResponseError

from analytics import cache
from analytics.conf import InboxLimits

STREAM = "inbox"
GROUP = "collect"
FIELD = b"d"
ENTRIES_PER_READ = 100
"""The largest number of entries that a consumer takes with one command."""
ABANDONED_MS = 10_000
"""Milliseconds after which a worker that has not finished an entry counts as dead. If it is alive, the entry is still
stored once, because its delivery is noted in the transaction that stores it."""
PUT_SCRIPT = """
    local entries, bytes = redis.call('XLEN', KEYS[1]), tonumber(redis.call('GET', KEYS[2]) or 0)
    if entries == 0 then bytes = 0 end
    if entries >= tonumber(ARGV[1]) or bytes + #ARGV[3] > tonumber(ARGV[2]) then return 0 end
    redis.call('XADD', KEYS[1], '*', 'd', ARGV[3])
    redis.call('SET', KEYS[2], bytes + #ARGV[3])
    return 1"""
ACKNOWLEDGE_SCRIPT = """
    for at = 2, #ARGV, 2 do
        redis.call('XACK', KEYS[1], ARGV[1], ARGV[at])
        if redis.call('XDEL', KEYS[1], ARGV[at]) == 1 then redis.call('DECRBY', KEYS[2], ARGV[at + 1]) end
    end"""
"""The second key counts the bytes that wait. An entry that two workers acknowledge is subtracted once."""


class Put(Enum):
    """The result of adding a delivery to the inbox.

    HELD: the inbox holds it. FULL: the inbox has too many entries or bytes. FAILED: the inbox may or may not hold it.
    """

    HELD = auto()
    FULL = auto()
    FAILED = auto()


class Entry(NamedTuple):
    id: bytes
    payload: bytes

    @property
    def arrived(self) -> int:
        """The time of arrival in microseconds since 1970."""
        return _time(self.id)


def _time(id: bytes) -> int:
    """Return the time in an entry's id in microseconds: it begins with Redis' clock in milliseconds."""
    return int(id.partition(b"-")[0]) * 1000


def key() -> str:
    """Return the key of the stream."""
    return cache.key(STREAM)


def _keys() -> tuple[str, str]:
    """Return the key of the stream and that of the number of bytes in it."""
    return key(), cache.key(f"{STREAM}:bytes")


def put(payload: bytes, limits: InboxLimits) -> Put:
    """Add a packed delivery if the inbox stays within its limits, and return the result."""
    client, keys = cache.redis(), _keys()
    added = cache.attempt(lambda: client.eval(PUT_SCRIPT, 2, *keys, *limits, payload)) if client else None
    return Put.FAILED if added is None else Put.HELD if added else Put.FULL


def answers() -> bool:
    """Return whether the Redis that holds the inbox answers."""
    client = cache.redis()
    return bool(client and cache.attempt(client.ping))


def length() -> int | None:
    """Return the number of entries that wait; None when there is no Redis or it does not answer."""
    client, stream = cache.redis(), key()
    return cache.attempt(lambda: client.xlen(stream)) if client else None


def last_arrival() -> int | None:
    """Return the time of arrival of the last entry that was ever added, in microseconds since 1970, 0 if there was
    none; None when there is no Redis or it does not answer."""
    client, stream = cache.redis(), key()
    return cache.attempt(lambda: _last_arrival(client, stream)) if client else None


def _last_arrival(client: Redis, stream: str) -> int:
    return _time(client.xinfo_stream(stream)["last-generated-id"]) if client.exists(stream) else 0


def oldest_arrival() -> int | None:
    """Return the time of arrival of the oldest entry that waits, in microseconds since 1970, None if none waits. Raise
    the error of Redis when it does not answer."""
    found: Any = client().xrange(key(), count=1)
    return _time(found[0][0]) if found else None


def waiting_bytes() -> int | None:
    """Return the bytes of the entries that wait; None when there is no Redis or it does not answer."""
    client, (_, size) = cache.redis(), _keys()
    return cache.attempt(lambda: int(client.get(size) or 0)) if client else None


def losses() -> list[str]:
    """Return the ways in which Redis may lose what the inbox holds, by its own settings; empty when there are none, or
    when Redis does not answer."""
    client = cache.redis()
    return (cache.attempt(lambda: [*_evictions(client), *_restarts(client)]) if client else None) or []


def _evictions(client: Redis) -> list[str]:
    memory = client.info("memory")
    policy = memory.get("maxmemory_policy")
    if policy is None:
        return ["It is unknown whether Redis evicts."]
    if policy == "noeviction" or not memory.get("maxmemory"):
        return []
    return [f"Redis evicts when its memory is full (maxmemory-policy {policy})."]


def _restarts(client: Redis) -> list[str]:
    if client.info("persistence").get("aof_enabled"):
        return []
    try:
        points = client.config_get("save").get("save")
    except ResponseError:  # a managed Redis forbids CONFIG, and INFO does not name the save points
        return ["It is unknown whether Redis persists: it has no append-only file."]
    return [] if points else ["Redis does not persist: it has no append-only file and no save points."]


def client() -> Redis:
    """Return the client of the Redis that holds the inbox. Its errors reach the worker."""
    found: Redis = get_redis_connection("default")
    return found


def create_group(client: Redis) -> None:
    """Create the consumer group and the stream unless they exist: a FLUSHALL deletes both."""
    try:
        client.xgroup_create(key(), GROUP, id="0", mkstream=True)
    except ResponseError as error:
        if not str(error).startswith("BUSYGROUP"):
            raise


def read_new(client: Redis, consumer: str, wait_ms: int) -> list[Entry]:
    """Return entries that no consumer has taken yet; wait up to `wait_ms` milliseconds for some, not at all for 0."""
    return _read(client, consumer, ">", wait_ms)


def pending(client: Redis, consumer: str) -> list[Entry]:
    """Return entries that this consumer took before and did not finish."""
    return _read(client, consumer, "0", 0)


def _read(client: Redis, consumer: str, after: str, wait_ms: int) -> list[Entry]:
    # The stubs also allow for the other protocol of Redis; the one in use answers with pairs of stream and entries.
    read: Any = client.xreadgroup(GROUP, consumer, {key(): after}, count=ENTRIES_PER_READ, block=wait_ms or None)
    return _entries(read[0][1]) if read else []


def claim_abandoned(client: Redis, consumer: str) -> list[Entry]:
    """Take over and return entries that a consumer took more than `ABANDONED_MS` ago and did not finish."""
    return _entries(client.xautoclaim(key(), GROUP, consumer, ABANDONED_MS, count=ENTRIES_PER_READ)[1])


def _entries(found: Iterable[tuple[bytes, dict[bytes, bytes] | None]]) -> list[Entry]:
    return [Entry(id, fields.get(FIELD, b"")) for id, fields in found if fields]


def acknowledge(client: Redis, entries: list[Entry]) -> None:
    """Acknowledge entries that are stored and delete them from the stream."""
    sizes = [part for entry in entries for part in (entry.id, len(entry.payload))]
    client.eval(ACKNOWLEDGE_SCRIPT, 2, *_keys(), GROUP, *sizes)
