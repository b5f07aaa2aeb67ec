"""The labels and the order of each endpoint's answers. The oracle test checks the numbers."""

import pytest
from django.db import connection
from django.urls import reverse

from analytics.models import Blog, BlogView, Country
from analytics.tests.warehouse_factory import at

ENDPOINTS = [
    "blog-views/country/",
    "blog-views/user/",
    "top/blog/",
    "top/user/",
    "top/country/",
    "performance/",
]


def test_grouped_by_country_gives_distinct_blogs_and_views(warehouse, lines):
    assert lines("blog-views/country/") == [("DE", 2, 4), ("Unknown", 2, 3), ("US", 1, 2)]


def test_grouped_by_author_gives_distinct_blogs_and_views(warehouse, lines):
    assert lines("blog-views/user/") == [("ann", 2, 7), ("bob", 1, 2)]


def test_blogs_of_one_title_stay_rows_of_their_own_and_the_unknown_country_is_not_counted(warehouse, lines):
    assert lines("top/blog/") == [("Cats", 6, 2), ("Dogs", 2, 0), ("Cats", 1, 1)]


def test_top_authors_and_countries_give_views_then_distinct_blogs(warehouse, lines):
    assert lines("top/user/", {"limit": 1}) == [("ann", 7, 2)]
    assert lines("top/country/") == [("DE", 4, 2), ("Unknown", 3, 2), ("US", 2, 1)]


def test_equal_views_are_ordered_by_label_then_id(warehouse, lines, ask):
    found = lines("top/blog/", {"start_date": "2024-03-03", "end_date": "2024-03-04"})
    assert found == [("Cats", 1, 1), ("Dogs", 1, 0)]


def test_performance_by_month_names_the_first_day_and_the_blogs_and_grows_against_the_row_before(warehouse, lines):
    assert lines("performance/", {"compare": "month"}) == [
        ("2024-01-01 (1 blogs)", 3, 0.0),
        ("2024-02-01 (1 blogs)", 3, 0.0),
        ("2024-03-01 (2 blogs)", 3, 0.0),
    ]


def test_weeks_start_on_monday_and_a_gap_is_left_out_or_filled(warehouse, lines):
    body = {"compare": "week", "start_date": "2024-02-20", "end_date": "2024-03-10"}
    left_out = [("2024-02-26 (2 blogs)", 2, 0.0), ("2024-03-04 (2 blogs)", 2, 0.0)]
    assert lines("performance/", body) == left_out
    assert lines("performance/", body | {"gaps": "fill"}) == [("2024-02-19 (0 blogs)", 0, 0.0), *left_out]


@pytest.mark.parametrize(
    ("body", "first"),
    [
        ({}, "2024-01-29 (1 blogs)"),
        ({"start_date": "2024-02-10"}, "2024-02-29 (1 blogs)"),
        ({"author_username": "bob"}, "2024-03-03 (1 blogs)"),
    ],
)
def test_without_compare_the_period_follows_the_span_of_the_matching_views(warehouse, lines, body, first):
    assert lines("performance/", body)[0][0] == first


def test_created_counts_the_blogs_created_and_a_period_with_creations_only_is_a_row(warehouse, lines, settings):
    settings.IDEEZA_PERFORMANCE_X_METRIC = "created"
    warehouse["three"].created_at = at("2023-12-31")
    warehouse["three"].save()
    assert lines("performance/", {"compare": "month"}) == [
        ("2023-12-01 (1 blogs)", 0, 0.0),
        ("2024-01-01 (1 blogs)", 3, 0.0),
        ("2024-02-01 (0 blogs)", 3, 0.0),
        ("2024-03-01 (1 blogs)", 3, 0.0),
    ]
    assert lines("performance/", {"compare": "month", "author_username": "bob"})[0] == ("2023-12-01 (1 blogs)", 0, 0.0)
    assert lines("performance/", {"compare": "year", "author_username": "ann", "year": 2024}) == [
        ("2024-01-01 (2 blogs)", 7, 0.0)
    ]


@pytest.mark.parametrize(
    ("body", "views"),
    [
        ({"range": "day"}, 1),
        ({"range": "week"}, 2),
        ({"range": "month"}, 4),
        ({"range": "year"}, 9),
        ({"year": 2024}, 9),
        ({"year": 2023}, 0),
        ({"year": 2024, "range": "day", "start_date": "2025-01-01", "end_date": "2024-01-01"}, 9),
        ({"range": "day", "start_date": "1990-01-01"}, 1),
        ({"start_date": "2024-02-01", "end_date": "2024-02-01"}, 2),
        ({"start_date": "2024-01-31T23:59:59Z", "end_date": "2024-01-31T00:00:00"}, 3),
        ({"start_date": "2024-01-31T23:30:00-05:00", "end_date": "2024-01-31T00:30:00+14:00"}, 3),
        ({"end_date": "1901-01-01"}, 0),
        ({"start_date": "0001-01-01", "end_date": "9999-12-31"}, 9),
        ({"country_codes": ["de", "us"]}, 6),
        ({"country_codes": ["XX"]}, 0),
        ({"exclude_country_codes": ["de"]}, 5),
        ({"author_username": "bob"}, 2),
        ({"author_username": "Bob"}, 0),
        ({"filters": {"eq": {"country": None}}}, 3),
        ({"filters": {"not": {"in": {"field": "country__code", "value": ["US", None]}}}}, 4),
        ({"filters": {"eq": {"country": "de", "author": "ann"}}, "start_date": "2024-02-01"}, 1),
        ({"filters": {"or": [{"eq": {"author_username": "bob"}}, {"eq": {"country_code": "US"}}]}}, 4),
    ],
)
def test_filters_are_combined_with_and(warehouse, lines, body, views):
    assert sum(y for _, y, _ in lines("top/country/", body)) == views
    assert sum(z for _, _, z in lines("blog-views/user/", body)) == views
    assert sum(y for _, y, _ in lines("performance/", body)) == views


def test_blog_id_is_honoured_everywhere(warehouse, lines):
    body = {"blog_id": warehouse["two"].id}
    assert lines("blog-views/country/", body) == [("DE", 1, 1)]
    assert lines("blog-views/user/", body) == [("ann", 1, 1)]
    assert lines("top/blog/", body) == [("Cats", 1, 1)]
    assert lines("performance/", body) == [("2024-03-04 (1 blogs)", 1, 0.0)]


@pytest.mark.parametrize("path", ENDPOINTS)
def test_nothing_that_matches_is_an_empty_list(warehouse, lines, path):
    assert lines(path, {"year": 2001}) == []
    assert lines(path, {"author_username": "nobody", "range": "week"}) == []


@pytest.mark.parametrize("path", ENDPOINTS)
def test_no_summaries_yet_is_an_empty_list(db, today, ask, path):
    response = ask(path, {"range": "month"})
    assert (response.status_code, response.json()) == (200, [])
    assert (response["X-Summaries-As-Of"], response["X-Pending-Days"]) == ("never", "0")


def test_every_answer_says_how_fresh_it_is(warehouse, ask):
    BlogView.objects.create(blog=warehouse["one"], timestamp=at("2024-02-10T08:00"))
    BlogView.objects.create(blog=warehouse["one"], timestamp=at("2024-02-10T09:00"))
    whole, later = ask("top/blog/"), ask("top/blog/", {"start_date": "2024-02-11"})
    assert whole["X-Pending-Days"] == "1"
    assert later["X-Pending-Days"] == "0"
    assert whole["X-Summaries-As-Of"] == "2024-03-10T12:00:00+00:00"
    assert whole["X-Distinct"] == "exact"


def test_a_changed_author_title_or_code_is_shown_at_once(warehouse, lines):
    assert lines("top/user/")[0] == ("ann", 7, 2)
    Blog.objects.filter(id=warehouse["one"].id).update(author=warehouse["bob"], title="Birds")
    Country.objects.filter(code="DE").update(code="AT")
    assert lines("top/user/") == [("bob", 8, 2), ("ann", 1, 1)]
    assert lines("top/blog/")[0][0] == "Birds"
    assert lines("top/country/")[0][0] == "AT"


@pytest.mark.parametrize("path", ENDPOINTS)
def test_the_same_answers_come_with_the_fact_table_renamed_away(warehouse, ask, path, settings):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
    bodies = [{}, {"range": "month"}, {"exclude_country_codes": ["de"], "author_username": "ann"}]
    before = [ask(path, body).json() for body in bodies]
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE analytics_blogview RENAME TO elsewhere")
        after = [ask(path, body) for body in bodies]
        cursor.execute("ALTER TABLE elsewhere RENAME TO analytics_blogview")
    assert [response.json() for response in after] == before
    assert all(response["X-Distinct"] == "exact" for response in after)


def test_urls_have_their_names_and_work_with_and_without_the_slash(warehouse, client):
    names = {
        reverse("grouped-analytics", args=["user"]): "/api/analytics/blog-views/user/",
        reverse("top-analytics", kwargs={"top_type": "blog"}): "/api/analytics/top/blog/",
        reverse("performance-analytics"): "/api/analytics/performance/",
    }
    for found, expected in names.items():
        assert found == expected
        answers = [client.post(url, {}, content_type="application/json") for url in (found, found.rstrip("/"))]
        assert answers[0].json() == answers[1].json() != []


def test_a_bad_type_is_explained(db, ask):
    grouped, top = ask("blog-views/blog/"), ask("top/planet/")
    assert (grouped.status_code, grouped.json()) == (400, {"error": "object_type must be one of: country, user"})
    assert (top.status_code, top.json()) == (400, {"error": "top_type must be one of: blog, user, country"})


@pytest.mark.parametrize("path", ENDPOINTS)
def test_only_post_is_allowed(db, client, path):
    for method in (client.get, client.put, client.delete, client.patch):
        assert method(f"/api/analytics/{path}").status_code == 405
