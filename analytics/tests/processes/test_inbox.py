"""Each acknowledged delivery is stored once, even if a worker dies or the inbox contains garbage."""

import pytest
from redis import ResponseError

from analytics.ingest.flow.drain import Drain
from analytics.ingest.store import inbox
from analytics.models import DeadLetter, Event
from analytics.sources.messages import timestamps
from analytics.sources.messages.deliveries import Delivery, QueuedEvent, packed
from analytics.tests.processes.load_generator import event, stored_numbers

pytestmark = [pytest.mark.redis_server, pytest.mark.django_db]


def test_deliveries_are_stored_in_order(send, inbox_redis):
    send(3, 1, 2)
    assert stored_numbers() == [] and inbox_redis.xlen(inbox.key()) == 3
    assert Drain("a").step(0) == 3
    assert stored_numbers() == [3, 1, 2] and inbox_redis.xlen(inbox.key()) == 0


def test_a_full_inbox_says_when_to_retry_and_keeps_what_it_accepted(send, client, settings, inbox_redis):
    settings.IDEEZA_INBOX_LENGTH = 3
    send(1, 2, 3)
    for path, body in (("/eye", event(4)), ("/events/", [event(4)])):
        answer = client.post(path, body, content_type="application/json")
        assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    Drain("a").step(0)
    send(5)
    Drain("a").step(0)
    assert stored_numbers() == [1, 2, 3, 5]


def test_an_inbox_is_bounded_by_bytes_too_and_counts_them_exactly(send, client, settings, inbox_redis):
    def waiting_bytes() -> int:
        return int(inbox_redis.get(f"{inbox.key()}:bytes") or 0)

    send(1)
    size = waiting_bytes()
    assert size == len(inbox_redis.xrange(inbox.key())[0][1][b"d"])
    settings.IDEEZA_INBOX_BYTES = 2 * size + 10
    send(2)
    assert client.post("/eye", event(3), content_type="application/json").status_code == 503
    Drain("a").step(0)
    assert waiting_bytes() == 0
    send(4)
    entries = inbox.read_new(inbox_redis, "b", 0)
    inbox.acknowledge(inbox_redis, entries)
    inbox.acknowledge(inbox_redis, entries)
    assert waiting_bytes() == 0


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x80\xff no delivery",
        packed(Delivery(b"short", 0, 0)),
        packed(Delivery(b"0123456789abcdef", 0, 0, [QueuedEvent("s", "c", "n", "{no JSON", 0, bytes(16))])),
        packed(Delivery(b"0123456789abcdef", 0, 0, [QueuedEvent("s", "c", "n", "{}", timestamps.TIME_END, bytes(16))])),
        pytest.param(
            packed(Delivery(b"0123456789abcdef", 0, 0, [QueuedEvent("s\0", "c", "n", "{}", 0, bytes(16))])),
            marks=pytest.mark.postgres,  # newer versions of SQLite store it
        ),
        packed(Delivery(b"0123456789abcdef", 0, 2**62)),
    ],
    ids=["nothing", "no delivery", "an id too short", "no JSON", "a time after 2199", "a NUL", "no time at all"],
)
def test_an_entry_that_can_never_be_stored_becomes_a_dead_letter_and_the_rest_is_stored(send, inbox_redis, payload):
    send(1)
    inbox_redis.xadd(inbox.key(), {inbox.FIELD: payload})
    send(2)
    Drain("a").step(0)
    assert stored_numbers() == [1, 2] and inbox_redis.xlen(inbox.key()) == 0
    poison = DeadLetter.objects.get()
    assert bytes(poison.payload) == payload and poison.reason


def test_two_workers_share_the_entries(send, monkeypatch):
    monkeypatch.setattr(inbox, "ENTRIES_PER_READ", 2)
    send(*range(8))
    drains = [Drain("a"), Drain("b")]
    assert [drain.step(0) for drain in drains * 2] == [2] * 4
    assert stored_numbers() == list(range(8))


def test_entries_of_a_dead_worker_are_stored_by_another(send, inbox_redis, monkeypatch):
    send(1, 2)
    inbox.create_group(inbox_redis)
    assert len(inbox.read_new(inbox_redis, "dead", 0)) == 2
    assert Drain("alive").step(0) == 0
    monkeypatch.setattr(inbox, "ABANDONED_MS", 0)
    assert Drain("alive").step(0) == 2
    assert stored_numbers() == [1, 2]


def test_entries_that_a_worker_stored_and_did_not_acknowledge_are_not_stored_again(send, inbox_redis, monkeypatch):
    send(1, 2)
    with monkeypatch.context() as dying:
        dying.setattr(inbox, "acknowledge", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        with pytest.raises(KeyboardInterrupt):
            Drain("dead").step(0)
    Event.objects.all().delete()
    assert Drain("dead").step(0) == 2
    assert stored_numbers() == [] and inbox_redis.xlen(inbox.key()) == 0


def test_after_redis_is_flushed_new_entries_are_stored(send, inbox_redis):
    drain = Drain("a")
    send(1)
    drain.step(0)
    inbox_redis.flushall()
    send(2)
    with pytest.raises(ResponseError, match="NOGROUP"):
        drain.step(0)
    drain.step(0)
    assert stored_numbers() == [1, 2]
