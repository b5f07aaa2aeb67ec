"""HyperLogLog sketches of distinct members, in Redis, one for each summary row.

A key contains the generation in which its row was written, so a sketch is never used for another row. If a sketch or
Redis is missing, distinct members are counted exactly.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from analytics import cache
from analytics.datasets import Identity
from tally.span import Bucket

if TYPE_CHECKING:
    from redis import Redis

ERROR = 0.0081
"""The standard error of Redis's HyperLogLog: 1.04 / sqrt(16384), from its documentation of PFCOUNT."""
IDS_PER_COMMAND = 500


def draw(bucket: Bucket, found: Sequence[tuple[Identity, Iterable[int]]]) -> None:
    """Draw the sketches of a bucket's rows and delete those drawn before."""
    if client := cache.redis():
        list_of_keys = cache.key(f"sketches:{bucket.grain.value}:{bucket.start}")
        drawn = {_key(identity): list(ids) for identity, ids in found}
        cache.attempt(lambda: _draw(client, list_of_keys, drawn))


def _draw(client: Redis, list_of_keys: str, fresh: Mapping[str, Sequence[int]]) -> None:
    old = {key.decode() if isinstance(key, bytes) else key for key in client.smembers(list_of_keys)} - set(fresh)
    with client.pipeline(transaction=True) as pipe:
        for key, ids in fresh.items():
            pipe.unlink(key)
            for start in range(0, len(ids), IDS_PER_COMMAND):
                pipe.pfadd(key, *ids[start : start + IDS_PER_COMMAND])
        pipe.unlink(list_of_keys, *old)
        if fresh:
            pipe.sadd(list_of_keys, *fresh)
        pipe.execute()


def count(groups: Mapping[tuple[int, int], Sequence[Identity]]) -> dict[tuple[int, int], int] | None:
    """Return the distinct members of each group of rows, or None if a sketch is missing."""
    client = cache.redis()
    if not client or not groups:
        return None
    keys = {group: [_key(identity) for identity in rows] for group, rows in groups.items()}
    return cache.attempt(lambda: _count(client, keys))


def _count(client: Redis, keys: Mapping[tuple[int, int], Sequence[str]]) -> dict[tuple[int, int], int] | None:
    with client.pipeline(transaction=True) as pipe:
        for own in keys.values():
            pipe.exists(*own)
            pipe.pfcount(*own)
        replies = pipe.execute()  # fails if something that is no sketch lies under one of our keys
    there = all(found == len(own) for found, own in zip(replies[::2], keys.values(), strict=True))
    return dict(zip(keys, replies[1::2], strict=True)) if there else None


def _key(identity: Identity) -> str:
    return cache.key("sketch:" + ":".join(str(part) for part in identity))
