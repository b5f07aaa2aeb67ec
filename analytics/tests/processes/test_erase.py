"""What waits in the inbox does not bring an erased person back, whichever process dies at which moment."""

import random
import signal
import threading
import time
from io import StringIO
from uuid import uuid4

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from redis import Redis

from analytics import clock
from analytics.ingest.flow import drain, erase, write
from analytics.ingest.flow.drain import Drain
from analytics.ingest.store import inbox, tombstones
from analytics.models import (
    Blog,
    BlogView,
    DeadLetter,
    ErrorRecord,
    Event,
    Heartbeat,
    Session,
    StoredDelivery,
    Tombstone,
    Visit,
)
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent, RejectedEvent, packed
from analytics.sources.messages.events import with_page_view
from analytics.sources.messages.page_visits import visitor_from_name
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, Task, result_of, start
from analytics.tests.processes.servers import free_port
from analytics.tests.visit_factory import visit

pytestmark = pytest.mark.redis_server
ADDRESS = bytes([198, 51, 100, 7])
WORKER_STEPS = {
    "it has taken the entries": ("analytics.ingest.store.inbox", "read_new"),
    "it has noted them": ("analytics.ingest.store.stored_deliveries", "note"),
    "it has written the events": ("analytics.ingest.store.events", "add"),
    "it has stored them": ("analytics.ingest.flow.drain", "persist"),
    "it has acknowledged them": ("analytics.ingest.store.inbox", "acknowledge"),
}
ERASURE_STEPS = {
    "it has asked the inbox": ("analytics.ingest.store.inbox", "last_arrival"),
    "it has added tombstones": ("analytics.ingest.store.tombstones", "add"),
    "the tombstones are committed": ("analytics.ingest.flow.erase", "write_tombstones"),
    "it has deleted error records": ("analytics.ingest.store.session_erasure", "erase_errors"),
    "the data are deleted": ("analytics.ingest.flow.erase", "erase_session"),
}


@pytest.fixture
def environment(empty, inbox_redis, inbox_server):
    """Return the environment of processes that use the inbox of the test."""
    return {"REDIS_URL": inbox_server.url, "IDEEZA_INBOX": "true", "IDEEZA_API_OPEN": "true"}


def event(session: str, number: int = 0) -> QueuedEvent:
    return QueuedEvent(session, "c", "n", "{}", number, uuid4().bytes)


def delivery(session: str, number: int = 0, **facts) -> Delivery:
    """Return a delivery with an event, a page view, a rejected event and a visit of a session."""
    viewed = with_page_view(event(session, number), "example.com/a", "A", country="", address=b"", agent="")
    rejected = RejectedEvent(session, "c", "n", number, f'{{"n":{number}}}', "data", "no")
    now = clock.now_microseconds()
    seen = visit("/b", visitor_from_name(session))
    more = {"events": [event(session, number), viewed], "rejected": [rejected], "visits": [seen]} | facts
    return Delivery(uuid4().bytes, 0, now, **more)


def put(*deliveries: Delivery) -> None:
    for each in deliveries:
        assert inbox.put(packed(each), write.conf.inbox()) is inbox.Put.HELD


def sessions() -> set[str]:
    stored = set(Event.objects.values_list("session__name", flat=True))
    return stored | set(ErrorRecord.objects.values_list("session_id", flat=True))


def assert_gone(name: str) -> None:
    assert name not in sessions() and not Session.objects.filter(name=name).exists()
    for model in (Visit, Heartbeat):
        assert not model.objects.filter(visitor=visitor_from_name(name)).exists()
    assert not any(name.encode() in bytes(letter.payload) for letter in DeadLetter.objects.all())


def drain_all(monkeypatch) -> None:
    """Drain the inbox with what dead workers have taken."""
    monkeypatch.setattr(inbox, "ABANDONED_MS", 0)
    worker = Drain("alive")
    while worker.step(0) or inbox.length():
        pass


def killed(step: tuple[str, str], *command: str, **environment: str) -> None:
    code, _, errors = result_of(start("-m", "analytics.tests.processes.killed_command", *step, *command, **environment))
    assert code == -signal.SIGKILL, errors


def erase_person(name: str) -> None:
    output = StringIO()
    call_command("erase", "--session", name, stdout=output)
    assert output.getvalue().splitlines()[-1] == "Nothing names the session any more."


@pytest.mark.parametrize("step", WORKER_STEPS)
def test_a_worker_killed_before_the_erasure_leaves_nothing_of_the_person(environment, monkeypatch, step):
    put(delivery("bob"), delivery("ann"), delivery("bob", 1))
    killed(WORKER_STEPS[step], "collect", "--once", **environment)
    erase_person("bob")
    drain_all(monkeypatch)
    assert_gone("bob")
    assert sessions() == {"ann"} and Event.objects.count() == 2


@pytest.mark.parametrize("step", ERASURE_STEPS)
def test_an_erasure_that_is_killed_can_be_run_again(environment, monkeypatch, step):
    write.store(delivery("bob"))
    put(delivery("bob", 1), delivery("ann"))
    killed(ERASURE_STEPS[step], "erase", "--session", "bob", **environment)
    drain_all(monkeypatch)
    erase_person("bob")
    assert_gone("bob")
    assert sessions() == {"ann"}


@pytest.mark.parametrize("step", WORKER_STEPS)
def test_what_redis_delivers_again_after_the_erasure_is_not_stored(environment, monkeypatch, inbox_redis, step):
    put(delivery("bob"), delivery("ann"))
    lost = inbox_redis.dump(inbox.key())
    killed(WORKER_STEPS[step], "collect", "--once", **environment)
    erase_person("bob")
    drain_all(monkeypatch)
    for _ in range(2):
        inbox_redis.restore(inbox.key(), 0, lost, replace=True)
        worker = Drain("a")
        assert worker.step(0) == 2
    assert_gone("bob")
    assert sessions() == {"ann"} and Event.objects.count() == 2


def test_an_erasure_waits_for_the_worker_that_is_storing_and_deletes_what_it_stores(environment, monkeypatch):
    put(delivery("bob"), delivery("ann"))
    written, go_on, real = threading.Event(), threading.Event(), write._write

    def slow(deliveries):
        outcomes = real(deliveries)
        written.set()
        assert go_on.wait(TIMEOUT_SECONDS)
        return outcomes

    monkeypatch.setattr(write, "_write", slow)
    worker = Task(lambda: Drain("a").step(0))
    assert written.wait(TIMEOUT_SECONDS)
    erasing = Task(lambda: erase_person("bob"))
    erasing.join(0.3)
    assert erasing.is_alive()
    go_on.set()
    assert worker.outcome() == 2
    erasing.outcome()
    assert_gone("bob")
    assert sessions() == {"ann"}


def test_a_request_that_is_answered_during_the_erasure_is_refused_or_erased(environment):
    received = delivery("bob")
    erase_person("bob")
    with pytest.raises(write.BeingErased):
        write.store(received)
    assert_gone("bob")
    write.store(delivery("bob"))
    assert sessions() == {"bob"}


@pytest.mark.parametrize("fault", ["the clock of the sender is ahead", "the clock of Redis is ahead"])
def test_wrong_clocks_bring_no_one_back(environment, monkeypatch, inbox_redis, fault):
    sent = delivery("bob")
    if fault == "the clock of the sender is ahead":
        put(Delivery(sent.id, 0, sent.received + 3_600_000_000, events=sent.events))
    else:
        hour_ahead = f"{clock.now_microseconds() // 1000 + 3_600_000}-0"
        inbox_redis.xadd(inbox.key(), {inbox.FIELD: packed(sent)}, id=hour_ahead)
    erase_person("bob")
    drain_all(monkeypatch)
    assert_gone("bob")


def test_what_a_person_sends_after_the_erasure_is_stored(environment, monkeypatch):
    put(delivery("bob"))
    erase_person("bob")
    time.sleep(0.002)
    put(delivery("bob", 5))
    drain_all(monkeypatch)
    assert set(Event.objects.values_list("timestamp", flat=True)) == {drain.as_datetime(5)}


def test_a_viewer_and_an_address_are_covered_too(environment, monkeypatch):
    blog = Blog.objects.create(title="Cats", author=User.objects.create(username="ann"), url="example.com/x")
    views = [QueuedBlogView(1, blog=blog.pk, viewer="ann"), QueuedBlogView(2, blog=blog.pk, address=ADDRESS)]
    seen = [visit("/a", visitor_from_name("ann")), visit("/a", 7, address=ADDRESS), visit("/a", 8)]
    at_address = with_page_view(event("eve"), "example.com/a", "A", country="", address=ADDRESS, agent="")
    others = QueuedBlogView(3, blog=blog.pk)
    put(Delivery(uuid4().bytes, 0, clock.now_microseconds(), [at_address], [*views, others], visits=seen))
    for option in (("--viewer", "ann"), ("--ip", "198.51.100.7")):
        output = StringIO()
        call_command("erase", *option, stdout=output)
        assert "1 requests wait in the inbox" in output.getvalue()
    drain_all(monkeypatch)
    assert list(BlogView.objects.values_list("viewer", "ip_address", "timestamp")) == [
        (None, None, drain.as_datetime(3))
    ]
    assert list(Visit.objects.values_list("visitor", flat=True)) == [8]
    assert sessions() == {"eve"}


def test_a_dead_letter_that_is_written_after_the_erasure_does_not_hold_the_person(
    environment, monkeypatch, inbox_redis
):
    put(Delivery(b"short", 0, 1, events=[event("bob"), event("ann")]))
    inbox_redis.xadd(inbox.key(), {inbox.FIELD: b"unreadable, about bob"})
    erase_person("bob")
    inbox_redis.xadd(
        inbox.key(), {inbox.FIELD: b"unreadable, about ann"}, id=f"{clock.now_microseconds() // 1000 + 9}-0"
    )
    drain_all(monkeypatch)
    assert_gone("bob")
    readable, unreadable, later = DeadLetter.objects.order_by("entry")
    assert [each.session for each in drain.unpacked(bytes(readable.payload)).events] == ["ann"]
    assert not unreadable.payload and "before an erasure" in unreadable.reason
    assert bytes(later.payload) == b"unreadable, about ann"


def test_tombstones_and_notes_go_when_nothing_older_waits(environment):
    now = clock.now()
    put(delivery("ann"))
    with transaction.atomic():
        tombstones.add(["long ago"], tombstones.Erasure(1, 1))
    erase.write_tombstones(erase.person_of_session("bob"), now)
    drain.delete_old_notes(now)
    assert Tombstone.objects.count() == 2
    drain.delete_old_notes(now + 2 * drain.NOTE_LIFETIME)
    assert Tombstone.objects.count() == 2, "an entry that is older than this still waits"
    assert Drain("a").step(0) == 1 and StoredDelivery.objects.count() == 1
    drain.delete_old_notes(now + 2 * drain.NOTE_LIFETIME)
    assert not Tombstone.objects.exists() and not StoredDelivery.objects.exists()


def test_a_worker_without_an_inbox_deletes_old_tombstones_unless_redis_is_away(environment, settings, monkeypatch):
    settings.IDEEZA_INBOX = False
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    with transaction.atomic():
        tombstones.add(["long ago"], tombstones.Erasure(1, 1))
    with monkeypatch.context() as away:
        away.setattr(inbox, "client", lambda: Redis(port=free_port()))
        call_command("collect", "--once", stdout=StringIO())
    assert Tombstone.objects.exists(), "what waits is unknown"
    call_command("collect", "--once", stdout=StringIO())
    assert not Tombstone.objects.exists()


def test_a_storm_of_erasures_and_killed_workers_leaves_no_erased_person(environment, monkeypatch):
    """Send, drain, kill and erase at random. What was received before the last erasure of a person is gone, and all
    that others sent is stored once."""
    chance, people = random.Random(7), [f"person {n}" for n in range(6)]
    erased, kept, running = people[:3], people[3:], []
    for beat in range(6):
        for name in kept if beat > 3 else people:
            put(Delivery(uuid4().bytes, 0, clock.now_microseconds(), events=[event(name, beat)]))
        running.append(start("manage.py", "collect", "--once", **environment))
        if beat < len(erased):
            running.append(start("manage.py", "erase", "--session", erased[beat], **environment))
        time.sleep(chance.uniform(0, 1))
        chance.choice(running).kill()
    for process in running:
        result_of(process)
    for name in erased:
        erase_person(name)
    drain_all(monkeypatch)
    for name in erased:
        assert_gone(name)
    assert sorted(Event.objects.values_list("session__name", flat=True)) == sorted(kept * 6)
