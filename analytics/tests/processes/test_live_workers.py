"""Several processes take snapshots and store visits on one database."""

import time
from collections import Counter
from datetime import UTC, datetime

from analytics.live.flow import take_snapshots
from analytics.models import Page, Site, Snapshot, SnapshotTick, VisitorSalt
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, Task, start
from analytics.tests.visit_factory import after, store_visits, visit

TAKE = """
import django, sys
from datetime import datetime, timedelta
django.setup()
from analytics.live.flow import take_snapshots as snap
snap.TOLERANCE_SECONDS = 100  # the clocks of the processes are up to 95 seconds apart
sys.stdin.readline()
began = datetime.fromisoformat(sys.argv[1])
print([snap.take_due(began + timedelta(seconds=5 * n)) for n in range(20)].count(True))
"""
BRING = """
import django, sys
from uuid import uuid4
django.setup()
from analytics.ingest.flow import write as collect
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.page_visits import PageVisit
sys.stdin.readline()
for n in range(20):
    several = [PageVisit(f"{m % 3}.example", f"/{(m * 7 + n) % 20}", str(n), m, n) for m in range(20)]
    collect.store(Delivery(uuid4().bytes, 0, n, visits=several))
print("done")
"""


def run_at_once(program: str, processes: int, *arguments: str) -> list[str]:
    """Start several processes at the same time, and return their output."""
    started = [start("-c", program, *arguments, IDEEZA_ACTIVE_SECONDS="5") for _ in range(processes)]
    tasks = [Task(lambda each=each: each.communicate("go\n", timeout=TIMEOUT_SECONDS)) for each in started]
    found = [task.outcome() for task in tasks]
    assert [each.returncode for each in started] == [0] * processes, [errors for _, errors in found]
    return [said.strip() for said, _ in found]


def test_four_processes_take_each_snapshot_once(empty):
    store_visits(visit(f"/{n}", n, seconds) for n in range(5) for seconds in range(0, 100, 2))
    taken = run_at_once(TAKE, 4, after(5).isoformat())
    assert sum(map(int, taken)) == 20
    assert (SnapshotTick.objects.count(), Snapshot.objects.count()) == (20, 20)
    assert set(Snapshot.objects.values_list("visitors", flat=True)) == {5}


def test_four_processes_create_each_new_page_once_and_lose_no_hit(empty):
    assert run_at_once(BRING, 4) == ["done"] * 4
    assert (Site.objects.count(), Page.objects.count()) == (3, 60)
    assert sum(Page.objects.values_list("hits__hits", flat=True)) == 4 * 20 * 20


def test_processes_that_need_a_salt_at_once_get_the_same(empty):
    program = "import django, sys; django.setup(); from datetime import date; "
    program += "from analytics.live.store import visitor_salts; "
    program += "sys.stdin.readline(); print(visitor_salts.get_or_create_salt(date(2024, 3, 10)).hex())"
    assert len(set(run_at_once(program, 4))) == 1
    assert VisitorSalt.objects.count() == 1


def test_the_worker_takes_snapshots_until_it_is_terminated(empty):
    worker = start("manage.py", "collect", IDEEZA_SNAPSHOT_SECONDS="1")
    try:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while SnapshotTick.objects.count() < 3 and time.monotonic() < deadline:
            time.sleep(0.2)
        worker.terminate()
        said, errors = worker.communicate(timeout=TIMEOUT_SECONDS)
    finally:
        worker.kill()
    assert worker.returncode == 0, errors
    moments = sorted(SnapshotTick.objects.values_list("moment", flat=True))
    assert Counter(moments) == Counter(range(moments[0], moments[0] + len(moments)))


def test_once_takes_what_is_due_and_ends(empty):
    now = datetime.now(UTC)
    worker = start("manage.py", "collect", "--once")
    said, errors = worker.communicate(timeout=TIMEOUT_SECONDS)
    assert worker.returncode == 0, errors
    assert SnapshotTick.objects.get().moment >= take_snapshots.moment_of(now)
