"""Questions about events: labels, order and refusals. The oracle test checks the numbers."""

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.urls import reverse
from rest_framework_simplejwt.tokens import AccessToken

from analytics.datasets import EVENTS
from analytics.models import Kind, Session
from analytics.tests.event_factory import add_events
from analytics.tests.warehouse_factory import at
from analytics.warehouse.flow import ask as ask_flow
from analytics.warehouse.flow import roll_up
from analytics.warehouse.store import answer_cache

PATH = "events/"
EVERY = ["category", "name", "session", "period"]


@pytest.fixture
def events(db, today):
    """Create seven events of three sessions and four kinds, two of which share a category and two others a name."""
    add_events("ann", "page/view", "2024-01-31T23:59:59.999999", "2024-02-01", "2024-03-10")
    add_events("ann", "page/left", "2024-02-01T01:00")
    add_events("bob", "page/view", "2024-02-29T12:00")
    add_events("bob", "media/play", "2024-02-29T12:01")
    add_events("eve", "cta/view", "2024-03-04")
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), at("2024-03-10T12:00"), EVENTS))


def test_a_session_seen_in_two_kinds_of_a_category_is_one(events, lines):
    assert lines(PATH, {"group_by": "category"}) == [("page", 2, 5), ("cta", 1, 1), ("media", 1, 1)]


def test_a_name_is_counted_over_its_categories(events, lines):
    assert lines(PATH, {"group_by": "name"}) == [("view", 3, 5), ("left", 1, 1), ("play", 1, 1)]
    assert lines(PATH, {"group_by": "name", "limit": 2}) == [("view", 3, 5), ("left", 1, 1)]


def test_sessions_have_their_different_kinds_and_their_events(events, lines):
    assert lines(PATH, {"group_by": "session"}) == [("ann", 2, 4), ("bob", 2, 2), ("eve", 1, 1)]


def test_sessions_are_ten_by_default(events, lines):
    for number in range(12):
        add_events(f"more {number:02}", "page/view", "2024-03-09")
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), at("2024-03-10T13:00"), EVENTS))
    assert [x for x, _, _ in lines(PATH, {"group_by": "session"})] == ["ann", "bob", "eve"] + [
        f"more {number:02}" for number in range(7)
    ]
    assert len(lines(PATH, {"group_by": "session", "limit": 1000})) == 15


def test_periods_count_sessions_and_grow_against_the_row_before(events, lines):
    assert lines(PATH, {"group_by": "period", "compare": "month"}) == [
        ("2024-01-01 (1 sessions)", 1, 0.0),
        ("2024-02-01 (2 sessions)", 4, 300.0),
        ("2024-03-01 (2 sessions)", 2, -50.0),
    ]
    body = {"group_by": "period", "compare": "week", "start_date": "2024-02-20", "end_date": "2024-03-10"}
    left_out = [("2024-02-26 (1 sessions)", 2, 0.0), ("2024-03-04 (2 sessions)", 2, 0.0)]
    assert lines(PATH, body) == left_out
    assert lines(PATH, body | {"gaps": "fill"}) == [("2024-02-19 (0 sessions)", 0, 0.0), *left_out]
    assert lines(PATH, {"group_by": "period", "category": ["cta"]}) == [("2024-03-04 (1 sessions)", 1, 0.0)]


@pytest.mark.parametrize(
    ("body", "events_in_all"),
    [
        ({"range": "day"}, 1),
        ({"range": "month"}, 4),
        ({"year": 2024, "range": "day"}, 7),
        ({"start_date": "2024-02-01", "end_date": "2024-02-01T05:00:00Z"}, 2),
        ({"category": ["page"]}, 5),
        ({"category": ["Page"]}, 0),
        ({"category": ["cta", "media", "none"]}, 2),
        ({"name": ["view"]}, 5),
        ({"category": ["page"], "name": ["view"]}, 4),
        ({"category": ["media"], "name": ["view"]}, 0),
    ],
)
def test_values_of_a_filter_are_alternatives_and_filters_are_combined(events, lines, body, events_in_all):
    for group_by in ("category", "name", "session"):
        assert sum(z for _, _, z in lines(PATH, body | {"group_by": group_by})) == events_in_all
    assert sum(y for _, y, _ in lines(PATH, body | {"group_by": "period"})) == events_in_all


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "group_by"),
        ({"group_by": "country"}, "group_by"),
        ({"group_by": None}, "group_by"),
        ({"group_by": ["name"]}, "group_by"),
        ({"group_by": "name", "category": []}, "category"),
        ({"group_by": "name", "name": "view"}, "name"),
        ({"group_by": "name", "name": [1]}, "name"),
        ({"group_by": "name", "name": ["a\0b"]}, "name"),
        ({"group_by": "name", "category": ["x" * 256]}, "category"),
        ({"group_by": "name", "limit": 0}, "limit"),
        ({"group_by": "name", "limit": 1001}, "limit"),
        ({"group_by": "period", "limit": 5}, "limit"),
        ({"group_by": "name", "compare": "week"}, "compare"),
        ({"group_by": "session", "gaps": "fill"}, "gaps"),
        ({"group_by": "period", "compare": "hour"}, "compare"),
        ({"group_by": "name", "year": "2024"}, "year"),
        ({"group_by": "name", "start_date": "2024-02-02", "end_date": "2024-02-01"}, "end_date"),
        ({"group_by": "name", "country_codes": ["DE"]}, "country_codes"),
        ({"group_by": "name", "session": ["ann"]}, "session"),
    ],
)
def test_a_wrong_value_is_refused_by_its_field(events, ask, body, field):
    response = ask(PATH, body)
    assert (response.status_code, list(response.json())) == (400, [field])


def test_an_empty_list_is_refused_with_advice(events, ask):
    refusal = ask(PATH, {"group_by": "name", "category": []}).json()["category"]
    assert refusal == ["Cannot be an empty list. Omit the field or provide at least one category."]


@pytest.mark.parametrize("body", [[], "name", 7, None])
def test_a_body_that_is_no_object_is_refused(events, client, body):
    assert client.post("/api/analytics/events/", body, content_type="application/json").status_code in (400, 415)


@pytest.mark.parametrize("group_by", EVERY)
def test_nothing_that_matches_is_an_empty_list(events, lines, group_by):
    assert lines(PATH, {"group_by": group_by, "year": 2001}) == []
    assert lines(PATH, {"group_by": group_by, "name": ["none"]}) == []


def test_every_answer_says_how_fresh_it_is_of_events_alone(events, ask):
    add_events("ann", "page/view", "2024-02-10T08:00")
    whole, later = (ask(PATH, {"group_by": "name"} | more) for more in ({}, {"start_date": "2024-02-11"}))
    assert (whole["X-Pending-Days"], later["X-Pending-Days"]) == ("1", "0")
    assert whole["X-Summaries-As-Of"] == "2024-03-10T12:00:00+00:00"
    assert whole["X-Distinct"] == "exact"
    assert ask("top/blog/")["X-Pending-Days"] == "0"


def test_a_changed_name_is_shown_at_once(events, lines):
    assert lines(PATH, {"group_by": "category"})[1][0] == "cta"
    Kind.objects.filter(category="cta").update(category="page", name="called")
    Session.objects.filter(name="ann").update(name="zoe")
    assert lines(PATH, {"group_by": "category"}) == [("page", 3, 6), ("media", 1, 1)]
    assert lines(PATH, {"group_by": "session"})[0] == ("zoe", 2, 4)


def test_answers_that_name_sessions_are_not_cached(events, ask, monkeypatch):
    """A cached answer would survive an erasure."""
    kept = []
    monkeypatch.setattr(answer_cache, "keep", lambda question, *_: kept.append(question))
    for group_by in EVERY:
        ask(PATH, {"group_by": group_by, "limit": 999} if group_by != "period" else {"group_by": group_by})
    assert ["SESSION" in question for question in kept] == [False, False, False]


@pytest.mark.parametrize("group_by", EVERY)
def test_the_same_answers_come_with_the_events_renamed_away(events, ask, settings, group_by):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    bodies = [{"group_by": group_by} | more for more in ({}, {"range": "month"}, {"category": ["page"]})]
    before = [ask(PATH, body).json() for body in bodies]
    tables = ("analytics_event", "analytics_sessioncount", "analytics_kindcount")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_elsewhere")
        ask_flow.forget_answers()
        after = [ask(PATH, body).json() for body in bodies]
        for table in tables:
            cursor.execute(f"ALTER TABLE {table}_elsewhere RENAME TO {table}")
    assert after == before
    assert [] not in before


def test_the_url_has_its_name_and_works_without_the_slash(events, client):
    assert reverse("events-analytics") == "/api/analytics/events/"
    answers = [
        client.post(url, {"group_by": "name"}, content_type="application/json").json()
        for url in ("/api/analytics/events/", "/api/analytics/events")
    ]
    assert answers[0] == answers[1] != []


def test_the_endpoint_requires_a_token(events, client, settings):
    settings.IDEEZA_API_OPEN = False
    token = AccessToken.for_user(User.objects.create(username="ann"))
    body, path = {"group_by": "name"}, "/api/analytics/events/"
    assert client.post(path, body, content_type="application/json").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert client.post(path, body, content_type="application/json", headers=headers).status_code == 200
