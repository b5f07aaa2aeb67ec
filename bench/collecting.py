"""Collecting over HTTP: the real server and the real worker, several clients on the same machine."""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from django_redis import get_redis_connection

from analytics import database
from analytics.access.flow.create_key import create_key
from analytics.ingest.flow.list_events import counts
from analytics.ingest.flow.write import persist
from analytics.ingest.store import inbox
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.events import read, to_queued_event
from bench import load, scratch
from bench.serving import server
from bench.timing import Times

BATCH, SESSIONS = 500, 50
"""Events of one request, and the sessions that they belong to."""
CLIENTS, THREADS = 8, 4
ROUNDS = 3
KINDS = [(f"category {n % 4}", f"name {n}") for n in range(12)]
START = datetime(2024, 1, 1)
NUMBER, SECOND = b"@@@@@@@@", b"2000-01-01T00:00:00"
"""Placeholders that differ in each batch."""
ROOM = {"IDEEZA_INBOX_LENGTH": "100000", "IDEEZA_INBOX_BYTES": "4000000000"}
"""For all that the clients send before anything is drained."""
ON, OFF = {"IDEEZA_INBOX": "true", **ROOM}, {"IDEEZA_INBOX": "false"}

numbers = count(1)


def measure(*, seconds: float, events: int) -> dict[str, Any]:
    """Return the figures of each way to collect. Counting is measured over at least `events` events."""
    key, each = create_key("bench", [], ("collect", "read")), max(0.3, seconds / ROUNDS)
    with server(threads=THREADS, **OFF) as port:
        committed = _rounds(port, "/events/", _batches, key, each)
        published = _rounds(port, "/events/", _singles, key, each)
    with server(threads=THREADS, **ON) as port:
        held = _rounds(port, "/events/", _batches, key, each)
        drained = _drained()
        hot = _rounds(port, "/eye", _singles, key, each)
        _drained()
    found = {"committed": committed, "published": published, "held": held, "drained": drained, "hot": hot}
    return {**found, "plain": _plain(each), "counts": _counts(events), "busy": os.getloadavg()[0]}


def _rounds(port: int, path: str, bodies: Callable[[], Iterator[bytes]], key: str, seconds: float) -> dict[str, float]:
    """Return answers per second and seconds per answer: the medians of the rounds, after one that warms up."""
    requests = (load.post(port, path, body, key=key) for body in bodies())
    load.run(port, requests, clients=CLIENTS, seconds=min(1.0, seconds))
    found = [Times(load.run(port, requests, clients=CLIENTS, seconds=seconds)) for _ in range(ROUNDS)]
    figures = [{**times.figures(), "rate": len(times.seconds) / seconds} for times in found]
    return {name: statistics.median(each[name] for each in figures) for name in figures[0]}


def _batches() -> Iterator[bytes]:
    """Yield lists of events: a second between two lists, ten events of each session."""
    sample = json.dumps([_event(place) for place in range(BATCH)]).encode()
    for number in numbers:
        second = (START + timedelta(seconds=number)).isoformat().encode()
        yield sample.replace(NUMBER, b"%08d" % number).replace(SECOND, second)


def _singles() -> Iterator[bytes]:
    """Yield single events: ten of each session, a hundred sessions at a time."""
    sample = json.dumps(_event(0)).encode()
    for number in numbers:
        second = (START + timedelta(seconds=number)).isoformat().encode()
        session = b"%08d" % (number // 1000 * 100 + number % 100)
        yield sample.replace(NUMBER, session).replace(SECOND, second)


def _event(place: int) -> dict[str, Any]:
    category, name = KINDS[place % len(KINDS)]
    moment = f"{SECOND.decode()}.{place * 1000 + 7:06}Z"
    data = {"host": "www.example.com", "path": f"/articles/{place}", "element": "chat bubble", "n": place}
    session = f"session-{NUMBER.decode()}-{place % SESSIONS}"
    return {"session_id": session, "category": category, "name": name, "data": data, "timestamp": moment}


def _drained(workers: int = 2) -> dict[str, float]:
    """Return the events per second that the workers store, from the first entry that leaves the inbox to the last."""
    redis, environment = get_redis_connection("default"), {**os.environ, **ON}
    before, entries = database.value("SELECT count(*) FROM analytics_event"), redis.xlen(inbox.key())
    command = [sys.executable, "manage.py", "collect"]
    running = [
        subprocess.Popen(command, cwd=scratch.ROOT, env=environment, stdout=subprocess.DEVNULL) for _ in range(workers)
    ]
    while redis.xlen(inbox.key()) == entries:
        time.sleep(0.001)
    began = time.perf_counter()
    while redis.xlen(inbox.key()):
        time.sleep(0.01)
    took = time.perf_counter() - began
    for each in running:
        each.terminate()
        each.wait(30)
    return {"rate": (database.value("SELECT count(*) FROM analytics_event") - before) / took}


def _plain(seconds: float) -> dict[str, float]:
    subprocess.run([sys.executable, "-m", "bench.plain"], cwd=scratch.ROOT, env=dict(os.environ), check=True)
    with server("bench.plain:application", threads=THREADS) as port:
        return _rounds(port, "/plain/", _singles, "", seconds)


def _counts(events: int) -> dict[str, Any]:
    """Return the seconds to count by session, category and name, as the endpoints do."""
    bodies = _batches()
    while (there := database.value("SELECT sum(events) FROM analytics_kindcount") or 0) < events:
        several = [to_queued_event(read(each, 0), 1) for _ in range(20) for each in json.loads(next(bodies))]
        persist([Delivery(os.urandom(16), 1, 0, several[: events - int(there)])], once=False)
    database.execute("VACUUM ANALYZE")
    sessions = database.value("SELECT count(*) FROM analytics_sessioncount")
    found = {by: _time(lambda by=by: counts(by, 1000)) for by in ("session", "category", "name")}
    return {"events": int(there), "sessions": sessions, **found}


def _time(act: Callable[[], object], times: int = 30) -> float:
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)
