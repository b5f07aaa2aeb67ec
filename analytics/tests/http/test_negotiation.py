"""The media types that a client accepts, from the one it likes most."""

import pytest
from django.test import RequestFactory

from analytics.http.negotiation import names_type, preferred_type

TYPES = ["application/json", "text/csv"]


def request(accept):
    return RequestFactory().post("/", headers={"Accept": accept})


@pytest.mark.parametrize(
    ("accept", "preferred"),
    [
        ("*/*", "application/json"),
        ("text/csv, application/json", "text/csv"),
        ("text/csv;q=0.4, application/json;q=0.5", "application/json"),
        ("text/*;charset=utf-8", "text/csv"),
        ("image/png", None),
        ("text/csv;q=0", None),
        ("text", None),
        ("*/csv", None),
    ],
)
def test_the_preferred_type_is_the_first_that_is_accepted(accept, preferred):
    assert preferred_type(request(accept), TYPES) == preferred


@pytest.mark.parametrize(
    ("accept", "named"),
    [("text/csv", True), ("a/b, Text/CSV;q=0.1", True), ("*/*", False), ("text/*", False), ("text/csv;q=0", False)],
)
def test_a_wildcard_names_no_type(accept, named):
    assert names_type(request(accept), "text/csv") is named
