"""Commands that are killed while they work lose no view on the cluster, and double none. `--kills 40` kills as many."""

import random
import signal
import time
import uuid
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics import database
from analytics.datasets import VIEWS
from analytics.ingest.flow import write
from analytics.ingest.flow.drain import Drain
from analytics.ingest.store import dead_letters, inbox
from analytics.models import Blog, BlogView, DeadLetter
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, packed
from analytics.sources.messages.timestamps import as_microseconds
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, manage, result_of, start
from analytics.tests.processes.web_and_workers import OPEN
from analytics.warehouse.flow import move_facts, purge, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts, stale_days, unfinished_writes
from analytics.warehouse.store.locks import AlreadyRunning
from tally.span import EVER

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.redis_server]
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
FIRST, DAYS = date(2024, 1, 20), 30
PURGED, MOVED = "2024-02-05", "2024-02-15"
"""The days before which views are purged and moved. Of those from MOVED on, some stay in PostgreSQL."""
STORED, DELIVERIES, VIEWS_A_DELIVERY = 2000, 400, 5
"""The new views before each kill: those stored in PostgreSQL, and those in deliveries that wait in the inbox."""
SECONDS_OF_WORK = {"collect": 0.5, "precalculate_stats": 0.6, "move_facts": 0.5, "purge_facts": 1.2}
"""The time from the beginning of the work in which a command is killed."""
LOCKS = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted
           AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"""
COMMANDS = {
    "collect": ("collect",),
    "precalculate_stats": ("precalculate_stats",),
    "move_facts": ("move_facts", "--before", MOVED),
    "purge_facts": ("purge_facts", "--before", PURGED, "--yes"),
}


class Writers:
    """Writes random views, half of them to PostgreSQL and half to the inbox, and counts by day and blog what was
    acknowledged."""

    def __init__(self, url: str, redis: str) -> None:
        self.dice, self.acknowledged = random.Random(1), Counter[tuple[str, int]]()
        author = User.objects.create(username="ann")
        self.blogs = [blog.pk for blog in Blog.objects.bulk_create(Blog(title=f"{n}", author=author) for n in range(5))]
        self.environment = OPEN | {"IDEEZA_FACTS": url, "REDIS_URL": redis, "IDEEZA_INBOX": "true"}
        self.environment |= {"IDEEZA_ROLLUPS": "country"}

    def some_view(self) -> tuple[int, datetime]:
        day = FIRST + timedelta(days=self.dice.randrange(DAYS))
        second = timedelta(seconds=self.dice.randrange(86_400))
        return self.dice.choice(self.blogs), datetime(day.year, day.month, day.day, tzinfo=UTC) + second

    def store(self) -> None:
        views = [self.some_view() for _ in range(STORED)]
        BlogView.objects.bulk_create(BlogView(blog_id=blog, timestamp=at) for blog, at in views)
        self.acknowledge(views)

    def send(self) -> None:
        for _ in range(DELIVERIES):
            views = [self.some_view() for _ in range(VIEWS_A_DELIVERY)]
            queued = [QueuedBlogView(at=as_microseconds(at), blog=blog) for blog, at in views]
            assert write.receive(Delivery(uuid.uuid4().bytes, 0, as_microseconds(NOW), views=queued)).held
            self.acknowledge(views)

    def acknowledge(self, views: list[tuple[int, datetime]]) -> None:
        self.acknowledged.update((str(at.date()), blog) for blog, at in views)

    def purge_has_work(self) -> None:
        """Leave no delivery in the inbox and no day stale: a purge refuses to touch days that are being written."""
        self.drain()
        self.roll_up()

    def drain(self) -> None:
        age_what_dead_workers_took()
        draining = Drain("another")
        while draining.step(0):
            pass
        assert not inbox.length()
        # All writers are dead. Otherwise ten minutes pass until that is certain.
        database.execute("UPDATE analytics_unfinishedwrite SET abandoned_at = '2020-01-01 00:00Z'")

    def roll_up(self) -> None:
        until_unlocked(lambda: list(roll_up.roll_up(roll_up.pending_days(), NOW)))

    def kill(self, name: str) -> bool:
        """Start a command and kill it after a random time of its work; return whether it was still at work."""
        process = start("manage.py", *COMMANDS[name], **self.environment)
        is_at_work = holds_entries if name == "collect" else holds_lock
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not is_at_work() and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.002)
        time.sleep(self.dice.uniform(0, SECONDS_OF_WORK[name]))
        at_work = is_at_work()
        process.kill()
        code, _, errors = result_of(process)
        assert code in (0, -signal.SIGKILL), errors
        return at_work


def holds_entries() -> bool:
    return any(each["pending"] for each in inbox.client().xinfo_consumers(inbox.key(), inbox.GROUP))


def holds_lock() -> bool:
    return bool(database.value(LOCKS))


def age_what_dead_workers_took() -> None:
    """Let the entries of killed workers look as old as they must be before others take them over."""
    inbox.create_group(inbox.client())
    for each in inbox.client().xpending_range(inbox.key(), inbox.GROUP, "-", "+", 10_000):
        options = {"idle": inbox.ABANDONED_MS + 1000, "justid": True}
        inbox.client().xclaim(inbox.key(), inbox.GROUP, each["consumer"], 0, [each["message_id"]], **options)


def until_unlocked(act):
    """Repeat: the lock of a killed process lives on for a moment."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while True:
        try:
            return act()
        except AlreadyRunning:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_killed_commands_lose_and_double_nothing(empty, facts_cluster, inbox_redis, inbox_server, client, request):
    writers = Writers(facts_cluster.url(facts_cluster.database), inbox_server.url)
    kills = Counter[str]()
    while kills.total() < request.config.getoption("--kills"):
        name = list(COMMANDS)[kills.total() % len(COMMANDS)]
        writers.store()
        writers.send()
        if name == "purge_facts":
            writers.purge_has_work()
        age_what_dead_workers_took()
        kills[name] += writers.kill(name)
    writers.purge_has_work()
    until_unlocked(lambda: list(move_facts.move(date.fromisoformat(MOVED))))
    until_unlocked(lambda: list(purge.purge(purge.days_with_facts(date.fromisoformat(PURGED)))))
    assert stale_days.stale_days(VIEWS) == [] and not unfinished_writes.any_of(VIEWS, EVER)
    assert counted(client) == writers.acknowledged
    kept = sum(number for (day, _), number in writers.acknowledged.items() if day >= PURGED)
    assert facts.count(VIEWS, EVER) == kept > 0
    assert [check for check in verify(roll_up.all_days()) if not check.same] == []


@pytest.fixture
def views(empty, facts_cluster) -> Counter[tuple[str, int]]:
    """Write views of two blogs, one on each shard, that are one page in two spellings, and return their number by day
    and blog. One of them was sent for both."""
    author = User.objects.create(username="ann")
    urls = {2: "example.com/%C3%A9", 3: "a.example/1"}
    Blog.objects.bulk_create(Blog(id=id, title=url, author=author, url=url) for id, url in urls.items())
    database.execute("UPDATE analytics_blog SET url = 'example.com/é' WHERE id = 3")
    days = [datetime(2024, 3, day, 9, tzinfo=UTC) for day in (1, 2, 3)]
    sent = [(blog, at, None) for at in days for blog in urls for _ in range(blog - 1)]
    sent += [(blog, days[0], bytes(range(16))) for blog in urls]
    for some in (sent[:-1], sent[-1:]):
        queued = [QueuedBlogView(at=as_microseconds(at), blog=blog, key=key) for blog, at, key in some]
        write.persist([Delivery(uuid.uuid4().bytes, 0, as_microseconds(NOW), views=queued)], once=True)
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    return Counter((str(at.date()), blog) for blog, at, _ in sent)


def die_after(module: str, function: str, *command: str, **environment: str) -> None:
    """Run a command that kills itself at the end of the first call of a function."""
    killer = "analytics.tests.processes.killed_command"
    code, _, errors = result_of(start("-m", killer, module, function, *command, **environment))
    assert code == -signal.SIGKILL, errors


def test_a_merge_of_blogs_that_is_killed_changes_nothing_and_the_next_one_merges(views, facts_cluster, client):
    url = facts_cluster.url(facts_cluster.database)
    for module, function in (
        ("analytics.warehouse.store.facts.cluster_facts", "insert"),
        ("analytics.ingest.flow.merge_urls", "_rename_upstreams"),
    ):
        die_after(module, function, "merge_urls", IDEEZA_FACTS=url)
        assert facts.count(VIEWS, EVER) == views.total() and stale_days.stale_days(VIEWS) == []
    list(roll_up.roll_up(roll_up.all_days(), NOW))
    assert counted(client) == views
    call_command("merge_urls", dry_run=True)
    assert facts.count(VIEWS, EVER) == views.total()
    code, said, errors = manage("merge_urls", IDEEZA_FACTS=url)
    assert (code, errors) == (0, "") and "Moved 7 views" in said
    assert facts.count(VIEWS, EVER) == views.total() - 1  # what was sent for both spellings is one view
    assert len(stale_days.stale_days(VIEWS)) == 3
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    merged = Counter({(day, 2): views[day, 2] + views[day, 3] for day, _ in views})
    merged["2024-03-01", 2] -= 1
    assert counted(client) == merged
    assert [check for check in verify(roll_up.all_days()) if not check.same] == []


def test_a_dead_letter_whose_storing_is_killed_makes_its_day_stale_and_counts_once(views, facts_cluster, client):
    lost = [QueuedBlogView(at=as_microseconds(datetime(2024, 3, 9, tzinfo=UTC)), blog=blog) for blog in (2, 3)]
    dead_letters.add("1-0", packed(Delivery(bytes(16), 0, as_microseconds(NOW), views=lost)), "no reason", NOW)
    url, command = facts_cluster.url(facts_cluster.database), (
        "dead_letters",
        "store",
        str(DeadLetter.objects.get().pk),
    )
    die_after("analytics.warehouse.store.facts", "add_to_cluster", *command, IDEEZA_FACTS=url)
    assert facts.count(VIEWS, EVER) == views.total() + 2 and DeadLetter.objects.exists()
    database.execute("UPDATE analytics_unfinishedwrite SET abandoned_at = '2020-01-01 00:00Z'")
    assert stale_days.stale_days(VIEWS) == [date(2024, 3, 9)]
    assert manage(*command, IDEEZA_FACTS=url)[0] == 0
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert counted(client) == views + Counter({("2024-03-09", 2): 1, ("2024-03-09", 3): 1})
    assert not unfinished_writes.any_of(VIEWS, EVER)


def counted(client) -> Counter[tuple[str, int]]:
    """Return the views by day and blog, as the summaries have them."""
    days = {"start_date": "2024-01-01", "end_date": "2024-12-31"}
    body = {"dimensions": ["time:day", "blog"], "metrics": ["views"], "range": days, "limit": 10_000}
    answer = client.post("/api/analytics/query/", body, content_type="application/json").json()
    return Counter({(row["time"], row["blog"]["id"]): row["views"] for row in answer["rows"]})
