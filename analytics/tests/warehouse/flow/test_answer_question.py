"""What is refused and with which advice, what is cached, compared and filled."""

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from analytics.datasets import EVENTS, ContextDimension
from analytics.models import Blog, BlogView, Context, Country, DimensionValue, Session
from analytics.tests.event_factory import add_events
from analytics.warehouse.flow import purge, roll_up

NOW = datetime(2024, 3, 20, 12, tzinfo=UTC)


@pytest.fixture
def query(client):
    def post(**body):
        return client.post("/api/analytics/query/", body, content_type="application/json")

    return post


@pytest.fixture
def viewed(db, django_user_model):
    """Three months of views, one a day at noon, every second from Germany, every third on a phone."""
    author, germany = (
        django_user_model.objects.create(username="ann"),
        Country.objects.create(code="DE", name="Germany"),
    )
    blog = Blog.objects.create(title="x", author=author, url="a.org/x")
    phone = DimensionValue.objects.create(dimension=ContextDimension.DEVICE, value="mobile").id
    mobile = Context.objects.create(device=phone)
    BlogView.objects.bulk_create(
        BlogView(
            blog=blog,
            country=germany if number % 2 else None,
            context=None if number % 3 else mobile,
            visitor=(number + 1) * 0x1E3779B97F4A7C15 % 2**63,
            timestamp=datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=number),
        )
        for number in range(80)
    )
    list(roll_up.roll_up(roll_up.pending_days(), NOW))


def fill(settings, *roll_ups, zones=("UTC",)):
    settings.IDEEZA_ROLLUPS, settings.IDEEZA_TIME_ZONES = list(roll_ups), list(zones)
    return list(roll_up.fill(NOW))


def test_a_question_that_no_roll_up_holds_names_the_missing_one(viewed, query):
    answer = query(dimensions=["country", "device"])
    assert answer.status_code == 422
    assert answer.json()["declare"] == "country+device"
    assert "precalculate_stats" in answer.json()["remedy"]
    assert query(filters={"eq": {"device": "mobile"}}).json()["declare"] == "device"


def test_a_zone_that_is_not_declared_is_refused_with_the_list(viewed, query):
    answer = query(time_zone="Asia/Tokyo")
    assert (answer.status_code, answer.json()["declare"]) == (422, "Asia/Tokyo")
    assert "UTC" in answer.json()["remedy"]


def test_a_declared_roll_up_answers_once_it_is_filled(viewed, query, settings):
    settings.IDEEZA_ROLLUPS = [("country",), ("device",)]
    assert query(dimensions=["device"]).json()["reason"] == "The roll-up device is declared, but not filled."
    assert fill(settings, ("country",), ("device",))
    assert [(row["device"], row["views"]) for row in query(dimensions=["device"]).json()["rows"]] == [
        (None, 53),
        ("mobile", 27),
    ]


def test_a_roll_up_that_is_filled_in_part_answers_for_the_days_it_holds(viewed, query, settings, monkeypatch):
    monkeypatch.setattr(roll_up, "MAX_FACTS_PER_COMMIT", 1)
    settings.IDEEZA_ROLLUPS = [("country",), ("device",)]
    next(roll_up.fill(NOW))
    recent = {"start_date": "2024-03-02", "end_date": "2024-03-20"}
    assert query(dimensions=["device"], range=recent).status_code == 200
    assert "2024-03-01" in query(dimensions=["device"]).json()["reason"]
    list(roll_up.fill(NOW))
    assert query(dimensions=["device"]).status_code == 200


def test_a_roll_up_declared_after_a_purge_is_complete_from_the_day_after_it(viewed, query, settings):
    list(purge.purge(purge.days_with_facts(date(2024, 2, 10))))
    fill(settings, ("country",), ("device",))
    assert query(dimensions=["device"]).status_code == 422
    assert "2024-02-10" in query(dimensions=["device"]).json()["remedy"]
    kept = query(dimensions=["device"], range={"start_date": "2024-02-10", "end_date": "2024-03-20"}).json()["rows"]
    assert sum(row["views"] for row in kept) == 40
    assert sum(row["views"] for row in query(dimensions=["country"]).json()["rows"]) == 80


def test_views_that_are_purged_just_before_a_fill_are_not_taken_for_filled(viewed, query, settings, monkeypatch):
    commit = roll_up._commit

    def purge_then_commit(*arguments, **options):
        list(purge.purge(purge.days_with_facts(date(2024, 2, 10))))
        return commit(*arguments, **options)

    monkeypatch.setattr(roll_up, "_commit", purge_then_commit)
    fill(settings, ("country",), ("device",))
    assert query(dimensions=["device"]).status_code == 422
    kept = query(dimensions=["device"], range={"start_date": "2024-02-10", "end_date": "2024-03-20"}).json()["rows"]
    assert sum(row["views"] for row in kept) == 40


def test_a_roll_up_that_is_no_longer_declared_is_dropped(viewed, query, settings, capsys):
    fill(settings, ("country",), ("device",))
    fill(settings, ("country",))
    assert query(dimensions=["device"]).status_code == 422
    call_command("precalculate_stats")
    call_command("rollups")
    assert "device" not in capsys.readouterr().out


def test_a_roll_up_that_counts_purged_views_stays_until_it_is_dropped_by_hand(viewed, query, settings, capsys):
    fill(settings, ("country",), ("device",))
    list(purge.purge(purge.days_with_facts(date(2024, 2, 10))))
    settings.IDEEZA_ROLLUPS = [("country",)]
    call_command("precalculate_stats")
    assert "Kept device in UTC" in capsys.readouterr().out
    settings.IDEEZA_ROLLUPS = [("country",), ("device",)]
    assert sum(row["views"] for row in query(dimensions=["device"]).json()["rows"]) == 80
    with pytest.raises(CommandError, match="is declared"):
        call_command("rollups", "--drop", "device")
    settings.IDEEZA_ROLLUPS = [("country",)]
    call_command("rollups", "--drop", "device")
    call_command("rollups")
    assert "device in UTC" not in capsys.readouterr().out.partition("Dropped device in UTC.")[2]


def test_visitors_of_a_blog_are_refused(viewed, query):
    assert query(metrics=["visitors"], dimensions=["blog"]).status_code == 422
    assert query(metrics=["visitors"], filters={"eq": {"author": "ann"}}).status_code == 422
    (row,) = query(metrics=["visitors"]).json()["rows"]
    assert abs(row["visitors"] - 80) <= 4


def test_an_answer_is_cached_until_the_summaries_change(viewed, query, unforgetting, django_assert_max_num_queries):
    body = {
        "dimensions": ["time:month", "country"],
        "include": ["totals"],
        "compare": "year_before",
        "range": {"start_date": "2024-01-01", "end_date": "2024-03-20"},
    }
    first = query(**body).json()
    with django_assert_max_num_queries(1):
        assert query(**body).json() == first
    BlogView.objects.filter(timestamp__date=date(2024, 3, 1)).delete()
    assert query(**body).json()["meta"]["pending_days"] == 1
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert query(**body).json()["totals"]["views"] == 79


def test_a_month_is_compared_with_the_month_before(viewed, query):
    february = {"start_date": "2024-02-01", "end_date": "2024-02-29"}
    (row,) = query(range=february, compare="previous").json()["rows"]
    assert (row["views"], row["compared"]["views"], row["compared"]["change"]["views"]) == (29, 31, -6.45)


def test_a_period_that_is_not_over_is_compared_with_the_same_part(viewed, query, monkeypatch):
    monkeypatch.setattr("analytics.clock.today", lambda: date(2024, 3, 10))
    march = {"start_date": "2024-03-01", "end_date": "2024-03-31"}
    answer = query(range=march, dimensions=["time:month"], compare="previous").json()
    assert answer["meta"]["partial"] == ["2024-03-01"]
    assert answer["rows"][0]["compared"]["views"] == 10


def test_gaps_are_filled_with_zeros(viewed, query):
    wide = {"start_date": "2023-12-30", "end_date": "2024-01-02"}
    answer = query(range=wide, dimensions=["time:day"], include=["gaps"]).json()
    assert [(row["time"], row["views"]) for row in answer["rows"]] == [
        ("2023-12-30", 0),
        ("2023-12-31", 0),
        ("2024-01-01", 1),
        ("2024-01-02", 1),
    ]
    assert (
        query(
            range={"start_date": "1990-01-01", "end_date": "2024-01-02"}, dimensions=["time:day"], include=["gaps"]
        ).status_code
        == 400
    )


def test_what_lost_most_is_found_though_it_has_nothing_left(viewed, query):
    body = {
        "dimensions": ["blog"],
        "range": {"start_date": "2024-04-01", "end_date": "2024-04-10"},
        "compare": {"start_date": "2024-03-01", "end_date": "2024-03-10"},
        "order_by": [["change", "asc"]],
    }
    (row,) = query(**body).json()["rows"]
    assert (row["blog"]["title"], row["views"], row["compared"]["views"]) == ("x", 0, 10)


@pytest.fixture
def moved(db, django_user_model):
    """Forty blogs, with their views in January and in February."""
    author, chance = django_user_model.objects.create(username="ann"), random.Random(7)
    blogs = Blog.objects.bulk_create(Blog(title=f"{number:02}", author=author) for number in range(40))
    views = {blog.id: (chance.randrange(6), chance.randrange(6)) for blog in blogs}
    starts = datetime(2024, 1, 9, tzinfo=UTC), datetime(2024, 2, 9, tzinfo=UTC)
    BlogView.objects.bulk_create(
        BlogView(blog_id=blog, timestamp=start)
        for blog, counts in views.items()
        for start, count in zip(starts, counts, strict=True)
        for _ in range(count)
    )
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    return views


@pytest.mark.parametrize("descends", [True, False])
def test_an_order_by_growth_is_exact_over_all_rows_and_ends_with_those_without(moved, query, descends):
    grown = [(Fraction(now, before), blog) for blog, (before, now) in moved.items() if before]
    expected = sorted(grown, key=lambda pair: (-pair[0] if descends else pair[0], pair[1]))
    new = sorted(blog for blog, (before, now) in moved.items() if now and not before)
    asked = {
        "dimensions": ["blog"],
        "metrics": ["views"],
        "range": {"start_date": "2024-02-01", "end_date": "2024-02-29"},
        "compare": "previous",
        "order_by": [["growth", "desc" if descends else "asc"]],
    }
    pages = [query(**asked, limit=7, offset=offset).json() for offset in range(0, 42, 7)]
    assert [row["blog"]["id"] for page in pages for row in page["rows"]] == [blog for _, blog in expected] + new
    assert {page["meta"]["rows_before_limit"] for page in pages} == {len(grown) + len(new)}


def test_before_the_first_roll_up_the_answer_is_empty(db, query):
    answer = query(dimensions=["country"], metrics=["views", "visitors"], include=["totals"])
    assert (answer.status_code, answer.json()["rows"]) == (200, [])


def test_the_command_fills_lists_and_estimates(viewed, settings, capsys):
    settings.IDEEZA_ROLLUPS = [("country",), ("device",)]
    call_command("rollups")
    call_command("precalculate_stats")
    assert "Filled new roll-ups of views with 80 of 80 days." in capsys.readouterr().out
    call_command("rollups")
    assert "device in UTC: " in capsys.readouterr().out
    call_command("rollups", "--estimate", "country+device")
    assert "by 7 days with 7 views" in capsys.readouterr().out


@pytest.fixture
def evented(db):
    """Events of three kinds by two sessions on two days."""
    add_events("s1", "page/view", "2024-03-01T10:00", "2024-03-01T11:00", "2024-03-04T10:00")
    add_events("s2", "page/view", "2024-03-01T10:30")
    add_events("s2", "page/click", "2024-03-04T12:00")
    add_events("s1", "cta/click", "2024-03-04T12:30")
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), NOW, EVENTS))


@pytest.mark.parametrize(
    ("dimensions", "expected"),
    [
        (["category"], [("page", 5, 2), ("cta", 1, 1)]),
        (["name"], [("view", 4, 2), ("click", 2, 2)]),
        (["category", "name"], [("page", "view", 4, 2), ("cta", "click", 1, 1), ("page", "click", 1, 1)]),
        (["session"], [("s1", 4, 1), ("s2", 2, 1)]),
        (
            ["time:week", "category"],
            [("2024-02-26", "page", 3, 2), ("2024-03-04", "page", 2, 2), ("2024-03-04", "cta", 1, 1)],
        ),
    ],
)
def test_events_are_counted_by_any_of_their_dimensions(evented, query, dimensions, expected):
    answer = query(dataset="events", dimensions=dimensions, include=["totals"]).json()
    rows = [tuple(row[name] for name in (*wire(dimensions), "events", "sessions")) for row in answer["rows"]]
    assert rows == expected
    assert answer["totals"] == {"events": 6, "sessions": 2}


def wire(dimensions):
    return ["time" if name.startswith("time:") else name for name in dimensions]


def test_events_are_filtered_by_kind_and_session(evented, query):
    def total(tree):
        (row,) = query(dataset="events", filters=tree).json()["rows"] or [{"events": 0, "sessions": 0}]
        return row["events"], row["sessions"]

    assert total({"eq": {"name": "click"}}) == (2, 2)
    assert total({"not": {"eq": {"category": "page"}}}) == (1, 1)
    assert total({"and": [{"eq": {"session": "s1"}}, {"eq": {"name": "view"}}]}) == (3, 1)
    assert total({"or": [{"eq": {"session": "s2"}}, {"eq": {"name": "click"}}]}) == (3, 2)
    assert total({"eq": {"session": "stranger"}}) == (0, 0)


def test_sessions_are_never_cached(evented, query):
    body = {"dataset": "events", "dimensions": ["session"]}
    assert len(query(**body).json()["rows"]) == 2
    Session.objects.filter(name="s1").update(name="renamed behind the triggers' back")
    assert "s1" not in [row["session"] for row in query(**body).json()["rows"]]


def test_the_published_endpoints_refuse_until_a_new_first_zone_is_filled(viewed, ask, settings):
    settings.IDEEZA_TIME_ZONES = ["Asia/Kathmandu", "UTC"]
    undeclared = ask("blog-views/country/")
    assert (undeclared.status_code, undeclared.json()["declare"]) == (422, "Asia/Kathmandu")
    call_command("precalculate_stats", verbosity=0)
    filled = ask("blog-views/country/")
    assert (filled.status_code, filled["X-Time-Zone"]) == (200, "Asia/Kathmandu")
    assert sum(point["z"] for point in filled.json()) == 80


def test_the_published_endpoints_refuse_days_that_were_purged_before_the_first_zone(viewed, ask, settings):
    list(purge.purge(purge.days_with_facts(date(2024, 2, 10))))
    settings.IDEEZA_TIME_ZONES = ["Europe/Berlin"]
    call_command("precalculate_stats", verbosity=0)
    assert ask("top/blog/").status_code == 422
    after = ask("performance/", {"start_date": "2024-02-11", "end_date": "2024-03-20", "compare": "month"})
    assert [point["y"] for point in after.json()] == [19, 20]


def test_a_zone_that_is_filled_in_part_answers_for_no_earlier_day(viewed, query, settings, monkeypatch):
    monkeypatch.setattr(roll_up, "MAX_FACTS_PER_COMMIT", 1)
    settings.IDEEZA_TIME_ZONES = ["UTC", "Europe/Berlin"]
    next(roll_up.fill(NOW))
    recent = {"start_date": "2024-03-02", "end_date": "2024-03-20"}
    assert query(time_zone="Europe/Berlin", range=recent).status_code == 200
    assert query(time_zone="Europe/Berlin").status_code == 422
    assert query(time_zone="Europe/Berlin", range=recent, compare="previous").status_code == 422
    assert query(range=recent, compare="previous").status_code == 200
