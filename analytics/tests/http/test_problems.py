"""Errors as problem details."""

import pytest
from django.test import RequestFactory
from rest_framework.response import Response

from analytics.http.problems import as_problem, problem


def sent(accept, body, status=400):
    return as_problem(RequestFactory().post("/", headers={"Accept": accept}), Response(body, status))


def test_wrong_fields_are_named():
    assert problem(400, {"limit": ["Too large."], "range": {"end_date": ["Too early."]}}) == {
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "detail": "limit: Too large. range: end_date: Too early.",
        "errors": {"limit": ["Too large."], "range": {"end_date": ["Too early."]}},
    }


def test_what_an_error_says_beside_its_detail_is_kept():
    assert problem(401, {"detail": "Invalid token", "code": "unknown_key"}) == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "Invalid token",
        "code": "unknown_key",
    }


def test_a_field_may_be_named_detail():
    assert problem(400, {"detail": ["Unknown query parameter."]})["errors"] == {"detail": ["Unknown query parameter."]}


def test_a_list_of_errors_belongs_to_no_field():
    assert problem(400, ["Wrong."])["errors"] == {"non_field_errors": ["Wrong."]}


@pytest.mark.parametrize(
    "accept", ["application/problem+json", "text/csv, Application/Problem+JSON;q=0.1", "application/problem+json, */*"]
)
def test_a_client_that_names_the_media_type_gets_it(accept):
    response = sent(accept, {"detail": "No."}, 403)
    assert response.content_type == "application/problem+json"
    assert (response.data["status"], response.data["title"]) == (403, "Forbidden")


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/*", "application/problem+json;q=0"])
def test_other_clients_get_the_error_as_it_is(accept):
    response = sent(accept, {"detail": "No."})
    assert (response.content_type, response.data) == (None, {"detail": "No."})
