"""Erased people and sessions leave no trace."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db.models import Sum
from django.utils import timezone

from analytics.ingest.flow import erase, write
from analytics.ingest.store import dead_letters
from analytics.models import (
    BlogView,
    DeadLetter,
    ErrorRecord,
    EventSummary,
    Heartbeat,
    Page,
    PurgedEventSummary,
    Session,
    SessionCount,
    Tombstone,
    Visit,
)
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, QueuedEvent, packed, unpacked
from analytics.sources.messages.page_visits import visitor_from_name
from analytics.tests.event_factory import add_events
from analytics.tests.management.commands.conftest import day_total, event_counts, event_tables, view
from analytics.tests.visit_factory import store_visits, visit
from analytics.warehouse.flow import roll_up


def test_erasing_a_viewer_or_an_address_takes_their_views_out_of_every_answer(viewed, run):
    person = User.objects.create(username="eve")
    view(viewed, "2024-02-29", viewer=person)
    view(viewed, "2024-02-29", ip_address="198.51.100.7")
    run("precalculate_stats")
    assert day_total() == 5
    assert run("erase", "--viewer", "eve") == ["Erased 1 views.", "Rolled up 1 days."]
    assert run("erase", "--ip", "198.51.100.7") == ["Erased 1 views.", "Rolled up 1 days."]
    assert day_total() == 3
    assert run("erase", "--viewer", "nobody") == ["Erased 0 views.", "Rolled up 0 days."]


def error(session):
    return ErrorRecord.objects.create(
        session_id=session,
        category="page",
        name="view",
        timestamp=timezone.now(),
        payload={"session_id": session},
        field="data",
        reason="no",
        recorded_at=timezone.now(),
        content=f"{ErrorRecord.objects.count():032}",
    )


@pytest.mark.parametrize("purged", [False, True])
def test_an_erased_session_leaves_no_trace(events, run, purged):
    error("bob"), error("ann")
    number = Session.objects.get(name="bob").pk
    run("precalculate_stats")
    if purged:
        run("purge_facts", "--events", "--before", "2024-12-31")
    assert run("erase", "--session", "bob") == [
        f"Erased {1 if purged else 2} events and 1 error records. A view knows no session: none was touched.",
        "Rolled up 2 days.",
        "Nothing names the session any more.",
    ]
    assert not Session.objects.filter(name="bob").exists()
    assert not SessionCount.objects.filter(name="bob").exists()
    assert [record.session_id for record in ErrorRecord.objects.all()] == ["ann"]
    kept = [*EventSummary.objects.all(), *PurgedEventSummary.objects.all()]
    assert all(number not in counts.ids for each in kept for counts in each.counts.values()) and kept
    assert event_counts("2024-02-29") == (2, 1)
    assert not EventSummary.objects.filter(start__year=2025).exists()
    assert BlogView.objects.count() == 1
    run("verify_stats")


def test_erasing_a_session_twice_or_an_unknown_one_changes_nothing(events, run):
    run("precalculate_stats")
    run("erase", "--session", "bob")
    before = event_tables()[:3]
    for name in ("bob", "nobody"):
        assert run("erase", "--session", name) == [
            "Erased 0 events and 0 error records. A view knows no session: none was touched.",
            "Rolled up 0 days.",
            "Nothing names the session any more.",
        ]
    assert event_tables()[:3] == before


def test_a_session_that_goes_on_sending_keeps_its_name_until_it_is_erased_again(events, run, monkeypatch):
    run("precalculate_stats")
    real = roll_up.pending_days
    monkeypatch.setattr(
        roll_up, "pending_days", lambda **of: (add_events("bob", "page/view", "2024-03-05"), real(**of))[1]
    )
    with pytest.raises(CommandError, match="have arrived meanwhile"):
        run("erase", "--session", "bob")
    monkeypatch.undo()
    assert Session.objects.filter(name="bob").exists()
    assert run("erase", "--session", "bob")[2].startswith("Erased 1 events")
    assert not Session.objects.filter(name="bob").exists()


@pytest.mark.django_db
def test_a_person_is_erased_by_name_and_by_address():
    store_visits([visit("/a", visitor_from_name("ann")), visit("/b", visitor_from_name("ann"), is_beat=True)])
    store_visits([visit("/a", 7, address=bytes([192, 0, 2, 9])), visit("/a", 8, address=bytes([192, 0, 2, 8]))])
    output = StringIO()
    call_command("erase", "--viewer", "ann", stdout=output)
    call_command("erase", "--ip", "192.0.2.9", stdout=output)
    assert output.getvalue().count("Erased 1 visits.") == 2
    assert list(Visit.objects.values_list("visitor", flat=True)) == [8]
    assert not Heartbeat.objects.filter(visitor=visitor_from_name("ann")).exists()
    hits = Page.objects.annotate(total=Sum("hits__hits")).values_list("path", "total")
    assert dict(hits) == {"/a": 3, "/b": None}


def test_a_dry_run_reports_the_same_and_changes_nothing(events, run):
    error("bob")
    run("precalculate_stats")
    before = event_tables()
    report = run("erase", "--session", "bob", "--dry-run")
    assert report[0].startswith("DRY-RUN") and report[-1] == "Nothing names the session any more."
    assert (event_tables(), ErrorRecord.objects.count()) == (before, 1)
    assert run("erase", "--session", "bob") == report[1:]


@pytest.mark.django_db
def test_erasing_a_session_reaches_its_page_visits_and_dead_letters(run):
    visitor = visitor_from_name("bob")
    store_visits([visit("/a", visitor), visit("/b", visitor, is_beat=True), visit("/a", 7)])
    both, alone = (
        [QueuedEvent(name, "c", "n", "{}", 0, bytes(16)) for name in names] for names in (("bob", "ann"), ("bob",))
    )
    for number, sent in enumerate((both, alone)):
        letter = packed(Delivery(bytes(16), 0, 0, events=sent, visits=[visit("/a", visitor)]))
        dead_letters.add(f"{number}", letter, "no", timezone.now())
    dead_letters.add("unreadable", b"about bob", "no", timezone.now())
    dead_letters.add("foreign", b"about ann", "no", timezone.now())
    assert run("erase", "--session", "bob") == [
        "Erased 0 events and 0 error records. A view knows no session: none was touched.",
        "Erased 1 visits.",
        "Removed it from 3 dead letters.",
        "Rolled up 0 days.",
        "Nothing names the session any more.",
    ]
    assert not Visit.objects.filter(visitor=visitor).exists() and not Heartbeat.objects.filter(visitor=visitor).exists()
    assert set(DeadLetter.objects.values_list("entry", flat=True)) == {"0", "foreign"}
    rest = unpacked(bytes(DeadLetter.objects.get(entry="0").payload))
    assert ([event.session for event in rest.events], rest.visits) == (["ann"], [])


@pytest.mark.django_db
def test_what_waits_in_the_inbox_is_covered_and_the_command_says_so(run, monkeypatch):
    monkeypatch.setattr(erase, "waiting_deliveries", lambda: 2)
    covered = "2 requests wait in the inbox: what they hold of this person will not be stored."
    assert run("erase", "--session", "bob", "--dry-run")[1] == covered
    assert not Tombstone.objects.exists()
    assert run("erase", "--session", "bob")[0] == covered
    assert Tombstone.objects.count() == 2


@pytest.mark.django_db
def test_erasing_a_viewer_or_an_address_reaches_dead_letters(run):
    views = [QueuedBlogView(0, blog=1, viewer="eve"), QueuedBlogView(0, blog=1, address=bytes([198, 51, 100, 7]))]
    dead_letters.add("0", packed(Delivery(bytes(16), 0, 0, views=views)), "no", timezone.now())
    assert run("erase", "--viewer", "eve")[1] == "Removed it from 1 dead letters."
    assert unpacked(bytes(DeadLetter.objects.get().payload)).views == views[1:]
    assert run("erase", "--ip", "::ffff:198.51.100.7")[1] == "Removed it from 1 dead letters."
    assert not DeadLetter.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("answer, erased", [("y", 1), ("n", 0), ("", 0)])
def test_on_a_terminal_it_asks_unless_told_not_to(run, monkeypatch, answer, erased):
    store_visits([visit("/a", visitor_from_name("ann"))])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: answer)
    try:
        run("erase", "--viewer", "ann")
    except CommandError as error:
        assert str(error) == "Nothing was changed."
    assert Visit.objects.count() == 1 - erased
    run("erase", "--viewer", "ann", "--yes")
    assert not Visit.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("end, code", [(EOFError, 1), (KeyboardInterrupt, 130)])
def test_the_end_of_the_input_and_an_interrupt_change_nothing(run, monkeypatch, end, code):
    store_visits([visit("/a", visitor_from_name("ann"))])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda: (_ for _ in ()).throw(end))
    with pytest.raises(CommandError, match="Nothing was changed.") as refusal:
        run("erase", "--viewer", "ann")
    assert refusal.value.returncode == code and Visit.objects.exists()


def test_erasing_a_session_takes_the_views_of_its_visitor_out_of_every_answer(viewed, run):
    page = BlogView.objects.values_list("blog", flat=True).first()
    sent = QueuedBlogView(1709200000 * 10**6, blog=page, visitor=visitor_from_name("eve"))
    write.store(Delivery(bytes(16), 0, 0, views=[sent]))
    run("precalculate_stats")
    before = BlogView.objects.count()
    lines = run("erase", "--session", "eve")
    assert lines[0] == "Erased 0 events and 0 error records. Erased 1 views of its visitor."
    assert lines[1:3] == ["Rolled up 0 days.", "Rolled up 1 days."]
    assert BlogView.objects.count() == before - 1
