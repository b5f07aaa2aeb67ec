"""What `bench.cluster` measures of one place where views are stored: PostgreSQL, or a cluster if IDEEZA_FACTS names
one."""

import hashlib
import re
import sys
import time
import uuid
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from django.db import OperationalError

from analytics import database
from analytics.datasets import VIEWS
from analytics.ingest.flow.write import persist
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView
from analytics.warehouse.flow import answer_question, migrate_facts, roll_up
from analytics.warehouse.store import bulk_blog_views, facts, stale_days, unfinished_writes
from analytics.warehouse.store.facts import database_facts
from bench import contexts, data, fill, wide
from bench.timing import Times
from bench.traffic import BATCH, Batch, batches
from tally.span import CALENDAR_START

LISTS_A_TRANSACTION = 100
"""As many entries as `collect` takes at once."""
STALE_DAYS = 5
REPORTS = 10


def measure(*, act: str, **arguments: Any) -> dict[str, Any]:
    acts = {"write": write, "collect": collect, "roll_up": full_roll_up, "days": stale_days_one_by_one, "ask": ask}
    return acts[act](**arguments)


def write(views: int) -> dict[str, Any]:
    """Write the views in batches. Return the seconds of all commits, how many inserts were repeated because a replica
    had not copied one in time, and the seconds until all replicas had copied all."""
    if facts.has_cluster():
        list(migrate_facts.migrate())
    fill.create_names()
    ids = [context.pk for context in contexts.create()]
    store = _to_cluster if facts.has_cluster() else _to_database
    times, done, repeated = Times(), 0, 0
    for batch in batches(views, BATCH, ids):
        started = time.perf_counter()
        while not _stored(store, batch):
            repeated += 1
        times.seconds.append(time.perf_counter() - started)
        done += batch.times.size
        if done * REPORTS // views > (done - batch.times.size) * REPORTS // views:
            _say(f"{done:,} of {views:,}: {done / times.spent:,.0f}/s, the last batch in {times.seconds[-1]:.1f} s")
    if not facts.has_cluster():
        database.execute("ANALYZE analytics_blogview")
    started = time.perf_counter()
    while facts.replicas_away():
        time.sleep(0.1)
    return {"seconds": times.spent, "repeated": repeated, "copied": time.perf_counter() - started}


def _stored(store: Callable[[Batch], None], batch: Batch) -> bool:
    try:
        store(batch)
    except OperationalError as error:
        _say(f"once more: {error}")
        return False
    return True


def _to_database(batch: Batch) -> None:
    nothing = np.zeros(batch.times.size, np.int64)
    columns = batch.blogs, batch.countries, nothing, batch.times
    with database.committing():
        bulk_blog_views.add(bulk_blog_views.BlogViewColumns(*columns, contexts=batch.contexts, visitors=batch.visitors))


def _to_cluster(batch: Batch) -> None:
    """Write a batch as the collectors do, its days marked before and after."""
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    nothing, (high, low) = np.zeros(batch.times.size, np.int64), batch.keys
    days = [CALENDAR_START + timedelta(days=day) for day in np.unique(batch.times // data.DAY).tolist()]
    name = unfinished_writes.begin(VIEWS, days)
    cluster_facts.insert(
        {
            "blog": batch.blogs,
            "country": batch.countries,
            "context": batch.contexts,
            "visitor": batch.visitors,
            "time": batch.times,
            "key_high": high,
            "key_low": low,
            **dict.fromkeys(("viewer", "address_high", "address_low"), nothing),
        }
    )
    with database.committing():
        unfinished_writes.end(VIEWS, name)


def collect(lists: int, size: int) -> dict[str, Any]:
    """Store lists of views of today as `collect` does, and return the seconds."""
    now = int(time.time() * 1_000_000)
    (batch,) = batches(lists * size, lists * size, [1])
    views = [QueuedBlogView(at=now, blog=blog, visitor=n) for n, blog in enumerate(batch.blogs.tolist(), 1)]
    deliveries = [
        Delivery(uuid.uuid4().bytes, 0, now, views=views[at : at + size]) for at in range(0, len(views), size)
    ]
    started = time.perf_counter()
    for at in range(0, lists, LISTS_A_TRANSACTION):
        persist(deliveries[at : at + LISTS_A_TRANSACTION], once=True)
    return {"seconds": time.perf_counter() - started}


def full_roll_up(now: str) -> dict[str, Any]:
    """Roll up all stale days. Return the seconds, the views, the peak of memory and what the roll-up has added to it,
    the views of a portion, and the bytes of the summaries."""
    started, counted, before = time.perf_counter(), 0, _peak()
    for step in roll_up.roll_up(roll_up.pending_days(), _moment(now)):
        counted += step.facts
        _say(f"{step.days} days rolled up, {time.perf_counter() - started:.1f} s so far")
    seconds = time.perf_counter() - started
    size = database.value("SELECT pg_total_relation_size('analytics_summary')")
    database.execute("VACUUM ANALYZE analytics_summary")
    memory = {"peak": _peak(), "added": _peak() - before, "portion": _portion()}
    return {"seconds": seconds, "facts": counted, "bytes": size, **memory}


def _portion() -> int:
    if not facts.has_cluster():
        return database_facts.FACTS_PER_PORTION
    from analytics.warehouse.store.facts import cluster_facts  # needs an extra

    return cluster_facts.FACTS_PER_PORTION


def stale_days_one_by_one(now: str) -> dict[str, Any]:
    times = Times()
    for number in range(STALE_DAYS):
        stale_days.add(VIEWS, [data.SPAN.start + timedelta(days=100 + 90 * number)])
        started = time.perf_counter()
        list(roll_up.roll_up(roll_up.pending_days(), _moment(now)))
        times.seconds.append(time.perf_counter() - started)
    return times.figures()


def ask(rounds: int) -> dict[str, Any]:
    """Ask each question, and return the seconds and a digest of the rows."""
    from analytics.warehouse.api.question import question_of

    dataset, found = answer_question.DATASETS_BY_NAME["views"], {}
    for each in wide.questions():
        question, seconds = question_of(each.body, lambda _: data.SPAN.end), []
        for _ in range(rounds):
            started = time.perf_counter()
            answer, *_ = answer_question.computed(dataset, question, data.SPAN.end)
            seconds.append(time.perf_counter() - started)
        found[each.name] = {"seconds": seconds, "rows": hashlib.sha256(repr(answer.rows).encode()).hexdigest()}
    return found


def _moment(day: str) -> datetime:
    return facts.midnight(date.fromisoformat(day))


def _peak() -> int:
    """Return the most bytes that this process has had in memory."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)
