"""Wrong input gives a 4xx that names the field and the reason. It is never ignored, and never a 500."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics.tests.cpu_bounds import cpu_bounded
from analytics.tests.warehouse.api.test_filter_tree import deep
from analytics.tests.warehouse.api.test_views import ENDPOINTS
from analytics.warehouse.api.serializers import ViewFilters

ALL = "/api/analytics/performance/", "/api/analytics/top/user/", "/api/analytics/blog-views/country/"


EMPTY = "Cannot be an empty list. Omit the field or provide at least one country code."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("year", 1999),
        ("year", 2101),
        ("year", "2024"),
        ("year", True),
        ("year", None),
        ("year", 2024.0),
        ("range", "decade"),
        ("range", 7),
        ("start_date", "yesterday"),
        ("start_date", "2024-02-30"),
        ("start_date", 20240101),
        ("start_date", None),
        ("end_date", "2024-13-01T00:00:00Z"),
        ("country_codes", []),
        ("country_codes", "DE"),
        ("country_codes", [1]),
        ("country_codes", [None]),
        ("country_codes", {"DE": 1}),
        ("exclude_country_codes", []),
        ("author_username", 7),
        ("author_username", ""),
        ("author_username", ["ann"]),
        ("author_username", "a\0b"),
        ("author_username", "x" * 151),
        ("blog_id", 0),
        ("blog_id", -1),
        ("blog_id", "1"),
        ("blog_id", 2**63),
        ("blog_id", 1.5),
        ("filters", {}),
        ("filters", []),
        ("filters", {"eq": {}}),
        ("filters", {"eq": []}),
        ("filters", {"eq": {"title": "Cats"}}),
        ("filters", {"eq": {"field": "country"}}),
        ("filters", {"eq": {"field": ["country"], "value": "DE"}}),
        ("filters", {"eq": {"field": "country", "value": "DE", "more": 1}}),
        ("filters", {"eq": {"author": None}}),
        ("filters", {"eq": {"blog": "1"}}),
        ("filters", {"eq": {"blog": True}}),
        ("filters", {"eq": {"country": ["DE"]}}),
        ("filters", {"in": {"country": "DE"}}),
        ("filters", {"in": {"country": []}}),
        ("filters", {"and": []}),
        ("filters", {"or": {}}),
        ("filters", {"not": []}),
        ("filters", {"xor": []}),
        ("filters", {"eq": {"blog": 1}, "not": {"eq": {"blog": 1}}}),
        ("filters", deep(33)),
        ("filters", {"and": [{"eq": {"blog": 1}}] * 1000}),
        ("start", "2024-01-01"),
        ("Year", 2024),
    ],
)
def test_a_wrong_value_is_400_and_names_its_field(db, client, field, value):
    for url in ALL:
        response = client.post(url, json.dumps({field: value}), content_type="application/json")
        assert response.status_code == 400, value
        ((named, reasons),) = response.json().items()
        assert named == field
        assert reasons


def test_a_field_of_another_endpoint_is_unknown(db, ask):
    assert "limit" in ask("performance/", {"limit": 5}).json()
    assert "compare" in ask("top/blog/", {"compare": "day"}).json()
    assert "gaps" in ask("blog-views/user/", {"gaps": "fill"}).json()


@pytest.mark.parametrize("limit", [0, 1001, "5", None, [5]])
def test_a_limit_out_of_bounds_is_refused(db, ask, limit):
    assert list(ask("top/blog/", {"limit": limit}).json()) == ["limit"]


def test_an_empty_list_of_countries_is_explained(db, ask):
    assert ask("top/blog/", {"country_codes": []}).json() == {"country_codes": [EMPTY]}
    assert ask("performance/", {"exclude_country_codes": []}).json() == {"exclude_country_codes": [EMPTY]}


def test_contradictions_are_refused(db, ask):
    wrong_way = ask("top/blog/", {"start_date": "2024-01-02", "end_date": "2024-01-01"})
    assert wrong_way.json() == {"end_date": ["2024-01-01 is before start_date 2024-01-02."]}
    both = ask("top/blog/", {"country_codes": ["de", "us"], "exclude_country_codes": ["US"]})
    assert both.json() == {"exclude_country_codes": ["Also in country_codes: US."]}


def test_a_filled_series_that_is_too_long_is_refused_at_once(warehouse, client):
    body = {"start_date": "1971-01-01", "end_date": "2198-12-31", "compare": "day", "gaps": "fill"}
    with cpu_bounded():
        response = client.post(ALL[0], body, content_type="application/json")
    assert (response.status_code, list(response.json())) == (400, ["gaps"])
    assert len(client.post(ALL[0], body | {"compare": "year"}, content_type="application/json").json()) == 228


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


names = st.sampled_from([*ViewFilters().fields, "limit", "compare", "gaps"])


operators = st.sampled_from(["and", "or", "not", "eq", "in"])


trees = st.recursive(
    anything,
    lambda inner: st.dictionaries(
        operators | st.sampled_from(["country", "author", "blog", "field", "value"]),
        inner | st.lists(inner, max_size=2),
    ),
    max_leaves=8,
)


class AnythingAtAll(TestCase):
    @given(st.dictionaries(names, anything, max_size=4), trees, st.sampled_from(ENDPOINTS))
    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    def test_any_json_is_answered_or_refused(self, body, tree, path):
        for sent in (body, {"filters": tree}):
            text = json.dumps(sent, ensure_ascii=True)
            response = self.client.post(f"/api/analytics/{path}", text, content_type="application/json")
            assert response.status_code in (200, 400), (sent, response.content)

    @given(st.binary(max_size=200))
    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    def test_random_bytes_are_answered_or_refused(self, body):
        assert self.client.post(ALL[0], body, content_type="application/json").status_code in (200, 400)
