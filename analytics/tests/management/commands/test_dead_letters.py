"""Dead letters are listed, mended, stored once and deleted."""

import io
import json
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError
from django.utils import timezone

from analytics.ingest.flow import erase, write
from analytics.ingest.store import dead_letters
from analytics.models import Blog, BlogView, DeadLetter, ErrorRecord, Event, Visit
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent, RejectedEvent, packed
from analytics.sources.messages.events import with_page_view
from analytics.tests.visit_factory import visit

pytestmark = pytest.mark.django_db
ID = bytes(range(16))
BAD = QueuedEvent("bob\0", "c", "n", '{"b": 1, "a": 2}', 1_700_000_000_000_000, bytes(16))
"""PostgreSQL refuses its session, and so do older versions of SQLite."""
UNSTORABLE = QueuedEvent("bob", "c", "n", '{"b": 1', 1_700_000_000_000_000, bytes(16))


def add_letter(payload: Delivery | bytes, entry: str = "1700000000000-0") -> int:
    data = payload if isinstance(payload, bytes) else packed(payload)
    dead_letters.add(entry, data, "DataError: no\nDETAIL: password=open", timezone.now())
    return DeadLetter.objects.get(entry=entry).pk


def shown(run, id: int) -> dict:
    return json.loads("\n".join(run("dead_letters", "show", str(id))))


def store(run, id: int, mended, tmp_path) -> list[str]:
    (tmp_path / "mended.json").write_text(json.dumps(mended))
    return run("dead_letters", "store", str(id), "--payload", str(tmp_path / "mended.json"))


def test_letters_are_listed_a_line_each_without_secrets(run):
    id = add_letter(b"no delivery")
    (line,) = run("dead_letters", "list")
    assert line.split()[0] == str(id) and "11 bytes  1700000000000-0  DataError: no" in line
    assert "open" not in line


def test_no_letters_is_no_failure(run, capsys):
    assert run("dead_letters", "list") == []


def test_a_letter_is_shown_mended_and_stored_once(run, tmp_path):
    letter = Delivery(ID, 3, 1_700_000_000_500_000, events=[BAD], visits=[visit("/a", 7)], bots={"example.com": 2})
    id = add_letter(letter)
    readable = shown(run, id)
    assert readable["events"] == [
        {"session": "bob\0", "category": "c", "name": "n", "data": {"b": 1, "a": 2}, "at": "2023-11-14T22:13:20+00:00"}
    ]
    assert (readable["application"], readable["bots"]) == (3, {"example.com": 2})
    readable["events"][0]["session"] = "bob"
    assert store(run, id, readable, tmp_path) == [f"Stored dead letter {id}: 1 events, 1 visits."]
    assert not DeadLetter.objects.exists()
    again = add_letter(letter)
    assert store(run, again, readable, tmp_path) == [f"Stored dead letter {again}: 1 were stored before."]
    assert (Event.objects.count(), Visit.objects.count()) == (1, 1)
    with pytest.raises(CommandError, match=f"There is no dead letter {again}") as missing:
        run("dead_letters", "store", str(again))
    assert missing.value.returncode == 1


def test_a_mended_event_is_the_same_as_one_that_was_sent(run, client, settings, tmp_path):
    settings.IDEEZA_API_OPEN = True
    sent = {"session_id": "bob", "category": "c", "name": "n", "data": {"a": 2, "b": 1}, "timestamp": 1}
    sent["timestamp"] = "2023-11-14T22:13:20Z"
    assert client.post("/events/", sent, content_type="application/json").status_code == 201
    id = add_letter(Delivery(ID, 0, 0, events=[BAD]))
    readable = shown(run, id)
    readable["events"][0]["session"] = "bob"
    assert store(run, id, readable, tmp_path) == [f"Stored dead letter {id}: 1 were stored before."]
    assert Event.objects.count() == 1


def test_the_readable_form_holds_all_of_a_delivery(run, tmp_path):
    page = with_page_view(BAD, "example.com/a", "A", country="DE", address=bytes([192, 0, 2, 0]), agent="Firefox")
    rejected = RejectedEvent("ann", "c", "n", 0, "{}", "data", "no", True)
    view = QueuedBlogView(5, url="example.com/a", viewer="ann", address=bytes(16), key=ID)
    id = add_letter(Delivery(ID, 0, 0, [page], [view], [rejected], {"h": 1}, [visit("/b", 7)]))
    User.objects.create(username="ann")
    Blog.objects.create(title="Cats", author=User.objects.get(), url="example.com/a")
    readable = shown(run, id)
    assert readable["events"][0]["view"]["address"] == "192.0.2.0"
    readable["events"][0]["session"] = "bob"
    assert store(run, id, readable, tmp_path) == [
        f"Stored dead letter {id}: 1 events, 1 views, 1 visits, 1 error records."
    ]
    assert BlogView.objects.count() == 2 and Visit.objects.count() == 2 and ErrorRecord.objects.get().is_bot


def test_a_letter_that_cannot_be_stored_yet_is_kept(run):
    view = QueuedBlogView(5, url="example.com/a", key=ID)
    write.persist([Delivery(ID, 0, 0, views=[view, QueuedBlogView(6, blog=77)])], once=True)
    id = DeadLetter.objects.get().pk
    with pytest.raises(CommandError, match="There is no blog of this url or id. It was kept.") as failure:
        run("dead_letters", "store", str(id))
    assert failure.value.returncode == 1 and DeadLetter.objects.get().pk == id
    Blog.objects.create(title="Cats", author=User.objects.create(username="ann"), url="example.com/a")
    rest = f"Stored dead letter {id}: 1 views, 1 views set aside again because their blog does not exist."
    assert run("dead_letters", "store", str(id)) == [rest]
    assert BlogView.objects.count() == 1 and DeadLetter.objects.get().pk != id


@pytest.mark.parametrize("payload", [b"no delivery", packed(Delivery(ID, 0, 0, events=[UNSTORABLE]))])
def test_a_letter_stored_as_it_is_stays_dead(run, payload):
    id = add_letter(payload)
    with pytest.raises(CommandError, match=f"Dead letter {id} cannot be stored: ") as failure:
        run("dead_letters", "store", str(id))
    assert failure.value.returncode == 1 and bytes(DeadLetter.objects.get().payload) == payload


def test_what_cannot_be_read_is_replaced_from_standard_input(run, monkeypatch):
    id = add_letter(b"no delivery")
    with pytest.raises(CommandError, match="Its 11 bytes are no delivery"):
        run("dead_letters", "show", str(id))
    mended = {"application": 0, "received": 1, "views": []}
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=io.BytesIO(json.dumps(mended).encode())))
    assert run("dead_letters", "store", str(id), "--payload", "-") == [
        f"Stored dead letter {id}: nothing was left to store."
    ]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"events": [{"session": "s"}]}, r"events\[0\] lacks the field 'at'"),
        ({"event": []}, "the delivery has no field 'event'"),
        ({"events": {}}, "events must be a list"),
        ({"events": [7]}, r"events\[0\] must be a JSON object"),
        ({"received": "yesterday"}, "received is not valid"),
        ({"views": [{"at": 1, "blog": "one"}]}, r"views\[0\].blog is not valid"),
        ({"views": [{"at": 1, "address": "elsewhere"}]}, r"views\[0\].address is not valid"),
        ({"events": [{"session": "", "category": "c", "name": "n", "data": {}, "at": 1}]}, r"events\[0\] is not valid"),
        ({"events": [{"session": "s", "category": "c", "name": "n", "data": "{no", "at": 1}]}, "Must be a JSON object"),
        ({"events": [{"session": "s", "category": "c", "name": "n", "data": {}, "at": 2**62}]}, r"events\[0\].at must"),
    ],
)
def test_a_payload_that_is_wrong_is_refused_by_field(run, tmp_path, change, message):
    id = add_letter(b"no delivery")
    with pytest.raises(CommandError, match=message) as refusal:
        store(run, id, {"application": 0, "received": 1} | change, tmp_path)
    assert refusal.value.returncode == 2 and DeadLetter.objects.exists()


def test_a_payload_that_is_no_json_or_no_file_is_refused(run, tmp_path):
    id = add_letter(b"no delivery")
    (tmp_path / "mended.json").write_text("{")
    for path, message in ((tmp_path / "mended.json", "This is not JSON"), (tmp_path / "none", "No such file")):
        with pytest.raises(CommandError, match=message) as refusal:
            run("dead_letters", "store", str(id), "--payload", str(path))
        assert refusal.value.returncode == 2


def test_an_erased_session_does_not_come_back_by_a_letter(run, tmp_path):
    event = QueuedEvent("bob", "c", "n", "{}", 1, ID)
    id = add_letter(Delivery(ID, 0, 1, events=[event]))
    readable = shown(run, id)
    erase.write_tombstones(erase.person_of_session("bob"), timezone.now())
    assert store(run, id, readable, tmp_path) == [f"Stored dead letter {id}: 1 were erased."]
    assert not Event.objects.exists() and not DeadLetter.objects.exists()


def test_a_letter_is_deleted(run):
    id = add_letter(b"no delivery")
    assert run("dead_letters", "delete", str(id)) == [f"Deleted dead letter {id}."]
    with pytest.raises(CommandError, match=f"There is no dead letter {id}"):
        run("dead_letters", "delete", str(id))
