"""What events would cost if `database.insert_many` packed them for COPY, and not the packer of `events.py`: whole
writes by one and the other in turn, of a list of 500 events and of a batch of 20,000. `python -m bench.packing` takes a
minute or two; BENCH_DATABASE_URL names the PostgreSQL server."""

import json
import os
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any
from unittest import mock

from bench import scratch

ROUNDS = {1: 100, 40: 15}
"""Rounds by the number of lists of 500 events that one transaction writes."""
PACKERS = ("own", "common")


def main() -> None:
    place = scratch.empty("packing")
    os.environ |= scratch.child_environment(place)
    import django

    django.setup()
    print(f"{'milliseconds':18}{'own':>9}{'common':>9}{'more':>8}{'own, CPU':>12}{'common, CPU':>13}")
    for lists, rounds in ROUNDS.items():
        own, common = measure(lists, rounds)
        figures = f"{own[0]:9.2f}{common[0]:9.2f}{common[0] / own[0] - 1:8.1%}{own[1]:12.2f}{common[1]:13.2f}"
        print(f"{lists * 500:6,} events     {figures}", flush=True)


def measure(lists: int, rounds: int) -> list[tuple[float, float]]:
    """Return the medians by the clock and of the CPU of this process, in milliseconds, for each packer. The packers
    take turns to be first, and the first round warms up."""
    from bench.collecting import _batches

    bodies = _batches()
    times: dict[str, list[tuple[float, float]]] = {packer: [] for packer in PACKERS}
    for number in range(rounds + 1):
        for packer in PACKERS if number % 2 else reversed(PACKERS):
            times[packer].append(write(list(islice(bodies, lists)), packer))
    return [
        (statistics.median(wall for wall, _ in each[1:]) * 1e3, statistics.median(cpu for _, cpu in each[1:]) * 1e3)
        for each in times.values()
    ]


def write(bodies: Sequence[bytes], packer: str) -> tuple[float, float]:
    """Write lists of events in one transaction; return its seconds by the clock and of the CPU of this process."""
    from msgspec.structs import replace

    from analytics.ingest.flow.write import persist
    from analytics.sources.messages.deliveries import Delivery
    from analytics.sources.messages.events import read, to_queued_event

    deliveries = [
        # A key, because insert_many writes no NULL.
        Delivery(
            os.urandom(16), 1, 10**15, [replace(to_queued_event(read(each, 0), 1), key=os.urandom(16)) for each in body]
        )
        for body in map(json.loads, bodies)
    ]
    with ExitStack() as stack:
        if packer == "common":
            stack.enter_context(mock.patch("analytics.ingest.store.events._copy_record", fields))
            stack.enter_context(mock.patch("analytics.database.copy_in", insert_many))
        wall, cpu = time.perf_counter(), time.process_time()
        persist(deliveries, once=False)
        return time.perf_counter() - wall, time.process_time() - cpu


def fields(id: int, row: Any) -> tuple[Any, ...]:
    """Return the columns of an event as `insert_many` takes them: a moment is a number, a UUID and JSON are bytes."""
    from analytics.database import POSTGRES_EPOCH

    event = row.event
    data = b"\x01" + event.data.encode()
    return id, row.session, row.kind, event.at - POSTGRES_EPOCH, event.content, row.application, event.key, data


def insert_many(table: str, names: Sequence[str], records: Iterable[tuple[Any, ...]]) -> None:
    from analytics import database
    from analytics.database import ColumnType

    types = [*[ColumnType.BIGINT] * 4, ColumnType.BYTES, ColumnType.BIGINT, ColumnType.BYTES, ColumnType.BYTES]
    database.insert_many(table, dict(zip(names, types, strict=True)), records)


if __name__ == "__main__":
    sys.exit(main())
