"""Live pages: increasing concurrents over HTTP while visits arrive, a busy site's snapshot, page diffs of a month."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import repeat

from django.db import connection

from analytics.access.flow.create_key import create_key
from analytics.live.flow import diff_snapshots, take_snapshots
from analytics.live.store import pages, snapshots, visits
from analytics.live.store.snapshots import NewSnapshot
from analytics.models import Snapshot
from analytics.sources.messages.page_visits import PageVisit, titles_by_page
from bench import load, scratch
from bench.serving import CLIENTS, server
from bench.timing import Times
from tally.active_visitors import ActiveVisitors
from tally.counts import Counts
from tally.diffs import Direction

HOST, KEY = "bench.example", "bench-" + "k" * 34
PAGES, VISITORS, SIGHTINGS = 1_000, 10_000, 20_000
ASKED_A_SECOND, VISITS_A_SECOND = 1_000, 200
ROUNDS = 20
DAY = 86_400
MICROSECONDS = 1_000_000


def measure(*, seconds: float) -> dict:
    """Return the seconds of a snapshot, a page diff and an answer over HTTP, and the number of answers per second."""
    create_key("bench", [], ["collect", "read"], KEY)
    return {"snapshot": _snapshots(), "pagediffs": _diffs(), "concurrents": _concurrents(seconds)}


def _crowd(now: datetime) -> None:
    """Add visits: every visitor is seen twice within the activity window, on one of a thousand pages."""
    at = int(now.timestamp() * MICROSECONDS)
    several = [
        PageVisit(HOST, f"/page/{n % PAGES}", f"Page {n % PAGES}", n % VISITORS, at - n * 1000, n >= VISITORS)
        for n in range(SIGHTINGS)
    ]
    visits.add(several, pages.get_or_create_pages(titles_by_page(several), now))


def _snapshots() -> dict[str, float]:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    _crowd(now)
    times = Times()
    for number in range(ROUNDS):
        began = time.perf_counter()
        take_snapshots.take_due(now + timedelta(milliseconds=number))
        times.seconds.append(time.perf_counter() - began)
        shot = Snapshot.objects.get()
        if (shot.visitors, len(shot.pages)) != (VISITORS, PAGES):
            raise AssertionError(f"{shot.visitors} visitors on {len(shot.pages)} pages")
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE analytics_snapshot, analytics_snapshottick")
    return times.figures()


def _diffs() -> dict[str, float]:
    """Return the seconds of a page diff in a history of 28 days by the minute and two days by five seconds."""
    end = int(datetime(2026, 1, 31, tzinfo=UTC).timestamp())
    moments = [*range(end - 30 * DAY, end - 2 * DAY, 60), *range(end - 2 * DAY, end + 1, 5)]
    _history(moments)
    times = Times()
    for number in range(200):
        start = datetime.fromtimestamp(moments[number * 97], UTC)
        began = time.perf_counter()
        found = diff_snapshots.diff(HOST, Direction.BOTH, start, start + timedelta(days=1))
        times.seconds.append(time.perf_counter() - began)
        if len(found) != PAGES:
            raise AssertionError(f"{len(found)} pages")
    return times.figures()


def _history(moments: list[int]) -> None:
    site = pages.site_ids([HOST])[HOST]
    ids = sorted(place.page for place in pages.get_or_create_pages(dict.fromkeys(_names(), ""), _epoch()).values())
    for at in range(0, len(moments), 1000):
        snapshots.add(
            NewSnapshot(
                site,
                moment,
                ActiveVisitors(Counts.of(ids, [1 + (moment // 5 + page) % 90 for page in ids]), VISITORS),
                True,
            )
            for moment in moments[at : at + 1000]
        )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE analytics_snapshot")


def _names() -> list:
    return list(titles_by_page(PageVisit(HOST, f"/page/{n}", "", 0, 0) for n in range(PAGES)))


def _epoch() -> datetime:
    return datetime(2026, 1, 1, tzinfo=UTC)


def _concurrents(seconds: float) -> dict:
    """Measure answers as fast as possible, then at a fixed rate, while visits arrive and a worker runs."""
    os.environ["IDEEZA_INBOX"] = "true"  # for the server and the worker
    with _worker(), server() as port:
        path = f"/api/v1.0/increasingconcurrents?apikey={KEY}&host={HOST}"
        ask = load.get(port, path)
        load.run(port, repeat(ask), clients=CLIENTS, seconds=min(2.0, seconds))
        with _arriving(port) as arrived:
            most = Times(load.run(port, repeat(ask), clients=CLIENTS, seconds=seconds))
            paced = Times(load.paced(port, ask, clients=CLIENTS, seconds=seconds, rate=ASKED_A_SECOND))
    return {
        "most": most.figures() | {"rate": len(most.seconds) / seconds},
        "paced": paced.figures() | {"rate": ASKED_A_SECOND},
        "visits": arrived,
    }


@contextmanager
def _worker() -> Iterator[None]:
    worker = subprocess.Popen([sys.executable, "manage.py", "collect"], cwd=scratch.ROOT, stdout=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait(20)


@contextmanager
def _arriving(port: int) -> Iterator[dict[str, float]]:
    """Send visits like the tracker, from another process. Yield a dictionary that has the figures afterwards."""
    arguments = json.dumps({"port": port, "host": HOST, "key": KEY, "pages": PAGES, "rate": VISITS_A_SECOND})
    command = [sys.executable, "-m", "bench.child", "arriving", arguments]
    sender = subprocess.Popen(command, cwd=scratch.ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    sender.stdout.readline()
    figures: dict[str, float] = {}
    try:
        yield figures
        figures |= json.loads(sender.communicate(b"stop\n", timeout=30)[0])
    finally:
        sender.kill()
