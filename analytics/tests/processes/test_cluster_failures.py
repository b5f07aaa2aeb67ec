"""Servers of the cluster die and come back: no view that was acknowledged is lost, and none counts twice."""

import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime
from threading import Event

import pytest
from django.db import OperationalError

from analytics import clock
from analytics.database import clickhouse
from analytics.datasets import VIEWS
from analytics.ingest.flow import write
from analytics.ingest.flow.drain import Drain
from analytics.models import Blog, Summary
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView
from analytics.tests.processes.clickhouse import PROXIED, ClickHouseServer
from analytics.tests.processes.lossy_proxy import LossyProxy
from analytics.tests.processes.other_process import Task
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts, stale_days
from tally.span import EVER, Grain

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
NOW, DAY = datetime(2025, 6, 1, 12, tzinfo=UTC), date(2025, 6, 1)
MICROSECONDS = 1_748_779_200_000_000


@pytest.fixture
def blogs(facts_cluster, django_user_model, monkeypatch) -> list[Blog]:
    """Return two blogs, one of each shard."""
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "now_microseconds", lambda: MICROSECONDS)
    author = django_user_model.objects.create(username="ann")
    return [Blog.objects.create(id=id, title="x", author=author) for id in (2, 3)]


def delivery(*blogs: Blog) -> Delivery:
    views = [QueuedBlogView(at=MICROSECONDS, blog=blog.pk) for blog in blogs]
    return Delivery(uuid.uuid4().bytes, 0, MICROSECONDS, views=views)


def rolled_up() -> int:
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    return summarised()


def summarised() -> int:
    return sum(map(sum, Summary.objects.filter(roll_up=0, grain=Grain.DAY.value).values_list("totals", flat=True)))


def wait_for_copies(*killed: ClickHouseServer) -> None:
    """Wait until each replica holds everything. After a failure, 18.16 waits long before it fetches again."""
    for each in killed:
        each.execute(f"SYSTEM RESTART REPLICA {clickhouse.table('views')}")
    deadline = time.monotonic() + 40
    while facts.replicas_away():
        assert time.monotonic() < deadline, facts.replicas_away()
        time.sleep(0.2)


def test_a_replica_that_is_killed_under_load_stops_nothing(facts_cluster, blogs, monkeypatch):
    one, other = facts_cluster.servers[1, 1], facts_cluster.servers[1, 2]
    acknowledged, killed = 0, Event()
    assassin = Task(lambda: (killed.wait(10), one.stop(signal.SIGKILL)))
    for number in range(12):
        if number == 4:
            killed.set()
        write.persist([delivery(*blogs)], once=True)
        acknowledged += 2
    assassin.outcome()
    assert rolled_up() == acknowledged
    with pytest.raises(OperationalError, match=f"127.0.0.1:{one.port}"):
        list(purge.purge([DAY]))
    assert facts.replicas_away() == [f"127.0.0.1:{one.port}"]
    one.start()
    other.stop(signal.SIGKILL)  # what only the other has acknowledged is fetched from it, or nothing is read
    monkeypatch.setattr(clickhouse, "CATCH_UP_SECONDS", 1.0)
    try:
        assert facts.count(VIEWS, EVER) == acknowledged
    except OperationalError as error:
        assert "Shard 1" in str(error)
    monkeypatch.setattr(clickhouse, "CATCH_UP_SECONDS", 10.0)
    other.start()
    wait_for_copies(one)
    assert facts.count(VIEWS, EVER) == acknowledged
    assert sum(dropped for _, dropped in purge.purge([DAY])) == acknowledged
    assert (facts.count(VIEWS, EVER), rolled_up()) == (0, acknowledged)


@pytest.mark.redis_server
def test_without_a_shard_nothing_is_counted_in_part(facts_cluster, blogs, client, settings, inbox_redis):
    settings.IDEEZA_INBOX = False
    write.persist([delivery(*blogs)], once=True)
    assert rolled_up() == 2
    write.persist([delivery(*blogs)], once=True)
    waiting = delivery(*blogs)
    for replica in (1, 2):
        facts_cluster.servers[1, replica].stop(signal.SIGKILL)
    bodies = [{"blog_id": blog.pk} for blog in blogs]
    answers = [client.post("/api/analytics/views/", body, content_type="application/json") for body in bodies]
    assert sorted(answer.status_code for answer in answers) == [201, 503]
    with pytest.raises(OperationalError, match=r"Shard 1 of the facts does not answer"):
        write.persist([waiting], once=True)
    settings.IDEEZA_INBOX, drain = True, Drain("worker")
    assert client.post("/api/analytics/views/", bodies, content_type="application/json").json()["results"] == [
        "held",
        "held",
    ]
    with pytest.raises(OperationalError, match="Shard 1"):
        drain.step(0)
    for act in (rolled_up, lambda: list(verify([DAY]))):
        with pytest.raises(OperationalError, match="Shard 1"):
            act()
    assert (summarised(), stale_days.stale_days(VIEWS)) == (2, [DAY])
    answer = client.post("/api/analytics/top/blog/", {}, content_type="application/json")
    assert (answer.status_code, answer["X-Pending-Days"]) == (200, "1")
    assert client.get("/readyz").json()["facts"]
    facts_cluster.start_all()
    wait_for_copies(facts_cluster.servers[1, 1], facts_cluster.servers[1, 2])
    write.persist([waiting], once=True)
    write.persist([waiting], once=True)
    assert (drain.step(0), drain.step(0)) == (1, 0)
    assert rolled_up() == 2 + 2 + 1 + 2 + 2
    assert all(check.same for check in verify([DAY]))


@pytest.fixture
def proxies(facts_cluster, settings, monkeypatch) -> Iterator[list[LossyProxy]]:
    """Reach the servers through proxies, and give those of the first shard. A client waits for a second."""
    monkeypatch.setattr(clickhouse, "SILENCE_SECONDS", 1.0)
    settings.IDEEZA_FACTS = settings.IDEEZA_FACTS | {"cluster": PROXIED}
    with ExitStack() as running:
        started = {
            place: running.enter_context(LossyProxy(server.proxied, server.port))
            for place, server in facts_cluster.servers.items()
        }
        clickhouse.close()
        yield [started[1, 1], started[1, 2]]
        clickhouse.close()


def test_an_insert_whose_answer_is_lost_counts_once(blogs, proxies):
    """The time-out comes after the server has inserted; the next replica gets the same views."""
    proxies[0].losing = True
    write.persist([delivery(blogs[0], blogs[0])], once=True)
    assert proxies[0].lost > 0
    assert facts.count(VIEWS, EVER) == rolled_up() == 2


@pytest.mark.redis_server
def test_a_delivery_of_which_every_answer_is_lost_stays_in_the_inbox_and_counts_once(blogs, proxies, inbox_redis):
    assert write.receive(delivery(*blogs, *blogs)).held
    for each in proxies:
        each.losing = True
    drain = Drain("worker")
    with pytest.raises(OperationalError, match=r"Shard 1 of the facts does not answer .*timed out"):
        drain.step(0)
    assert all(each.lost for each in proxies)
    assert facts.count(VIEWS, EVER) == 4
    for each in proxies:
        each.losing = False
    assert (drain.step(0), drain.step(0)) == (1, 0)
    assert facts.count(VIEWS, EVER) == rolled_up() == 4
