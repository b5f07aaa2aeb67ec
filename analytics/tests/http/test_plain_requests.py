"""A plain request is answered without DRF's own processing, and its answer is the same to the byte."""

import json
from unittest.mock import Mock, patch

import pytest
from django.db import DatabaseError
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework.views import APIView
from rest_framework_simplejwt.tokens import AccessToken

from analytics.access.flow.create_key import create_key
from analytics.tests.warehouse.api.test_serializers import anything
from analytics.tests.warehouse.api.test_views import ENDPOINTS
from analytics.tests.warehouse_factory import create_warehouse
from analytics.warehouse.api import views
from analytics.warehouse.api.serializers import RANGES
from tally.errors import TooManyPeriods

PATHS = [*ENDPOINTS, "top/nothing/", "events/", "query/"]
DAYS = st.sampled_from(["2024-03-03", "2024-03-04", "2024-03-04T23:00:00-02:00", "2024-W10-1", "20240304", "2024-02"])
CODES = st.lists(st.sampled_from(["de", "US", "us", "xx", "", "\u2028"]), max_size=3)
VALUES = {
    "year": st.sampled_from([2024, 2024.0, 1999, True]),
    "range": st.sampled_from([*RANGES, {"year": 2024}, {"start_date": "2024-03-01"}]),
    "start_date": DAYS,
    "end_date": DAYS,
    "country_codes": CODES,
    "exclude_country_codes": CODES,
    "author_username": st.sampled_from(["ann", "", "bob\0", "x" * 151]),
    "blog_id": st.sampled_from([1, 0, 2**70]),
    "filters": st.sampled_from([{"not": {"eq": {"country": None}}}, {"eq": {"nothing": 1}}, None]),
    "limit": st.sampled_from([1, 1000, 1001, "1"]),
    "compare": st.sampled_from(["day", "week", "previous_period", "decade"]),
    "gaps": st.sampled_from(["fill", "omit", "none"]),
    "group_by": st.sampled_from(["category", "period", "blog"]),
    "dimensions": st.lists(st.sampled_from(["country", "blog", "month", "nothing"]), max_size=2),
    "metrics": st.lists(st.sampled_from(["views", "blogs", "visitors"]), max_size=2),
    "include": st.lists(st.sampled_from(["totals", "gaps", "other"]), max_size=2),
}
RIGHT_OR_WRONG = st.lists(st.sampled_from(list(VALUES)), max_size=4, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: VALUES[name] for name in names})
)


def answer(client, path, text, headers=None):
    """Return status, body and headers of the answer, but for the id of the request."""
    response = client.post(f"/api/analytics/{path}", text, content_type="application/json", headers=headers)
    names = sorted((name, value) for name, value in response.items() if name != "X-Request-ID")
    return response.status_code, response.content, names


def answers(client, path, text, headers=None):
    """Return the answer as it is, and as DRF alone gives it."""
    at_once = answer(client, path, text, headers)
    with patch.object(views, "plain_request", lambda *_: None):
        return at_once, answer(client, path, text, headers)


class BothWays(TestCase):
    @classmethod
    def setUpTestData(cls):
        create_warehouse()

    @given(RIGHT_OR_WRONG, st.sampled_from(PATHS))
    @settings(max_examples=200, deadline=None, derandomize=True, database=None)
    def test_agree_on_what_is_right_and_what_is_wrong(self, body, path):
        at_once, by_drf = answers(self.client, path, json.dumps(body))
        assert at_once == by_drf, (path, body)

    @given(st.binary(max_size=40) | anything.map(lambda body: json.dumps(body).encode()), st.sampled_from(PATHS))
    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    def test_agree_on_any_bytes(self, body, path):
        at_once, by_drf = answers(self.client, path, body)
        assert at_once == by_drf, (path, body)


@pytest.fixture
def only_at_once(monkeypatch):
    """Let DRF process no request."""
    monkeypatch.setattr(APIView, "dispatch", lambda *_, **__: pytest.fail("DRF processed the request"))


@pytest.mark.parametrize("path", [*ENDPOINTS, "query/"])
def test_what_is_right_needs_no_drf(warehouse, client, only_at_once, path):
    assert answer(client, path, "{}")[0] == 200


@pytest.mark.parametrize("path", ["top/user/", "query/"])
def test_credentials_are_checked_both_ways(warehouse, reader, client, path):
    headers = {
        "none": {},
        "token": {"Authorization": f"Bearer {AccessToken.for_user(reader)}"},
        "broken": {"Authorization": "Bearer x.y.z"},
        "two words": {"Authorization": "Bearer a b"},
        "key": {"X-API-Key": create_key("nightly", [], ["query"])},
        "bound": {"X-API-Key": create_key("site", ["a.example"], ["query"])},
        "collecting": {"X-API-Key": create_key("tracker", [], ["collect"])},
        "unknown": {"X-API-Key": "unknown"},
    }
    found = {name: answers(client, path, "{}", given) for name, given in headers.items()}
    assert all(at_once == by_drf for at_once, by_drf in found.values())
    statuses = {name: at_once[0] for name, (at_once, _) in found.items()}
    expected = {"none": 401, "token": 200, "broken": 401, "two words": 401, "key": 200, "bound": 200}
    assert statuses == {**expected, "collecting": 401, "unknown": 401}


@pytest.mark.parametrize("path", [*ENDPOINTS, "query/"])
@pytest.mark.parametrize("error", [DatabaseError("gone"), TooManyPeriods("too many")])
def test_what_is_refused_is_computed_once(warehouse, client, path, error):
    compute = Mock(side_effect=error)
    with patch.multiple(views, ask=compute, answer_question=compute):
        status, body, _ = answer(client, path, "{}")
    compute.assert_called_once()
    assert status == (503 if isinstance(error, DatabaseError) else 400), body


@pytest.mark.parametrize(
    ("suffix", "content_type"), [("?limit=1", "application/json"), ("", "text/plain"), ("", "application/xml")]
)
def test_what_is_not_plain_is_left_to_drf(warehouse, client, only_at_once, suffix, content_type):
    with pytest.raises(pytest.fail.Exception):
        client.post(f"/api/analytics/top/user/{suffix}", "{}", content_type=content_type)
