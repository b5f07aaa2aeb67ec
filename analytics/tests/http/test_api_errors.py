"""Errors become JSON with the right status."""

import pytest
from django.db import DatabaseError
from django.test import Client

from analytics.warehouse.store import generations


def test_a_database_that_fails_is_503_in_json(ask, db, monkeypatch):
    def fail(*_):
        raise DatabaseError("server closed the connection unexpectedly")

    monkeypatch.setattr(generations, "freshness", fail)
    response = ask("top/user/")
    assert (response.status_code, response["Retry-After"]) == (503, "1")
    assert "unexpectedly" not in response.content.decode()


def test_an_unknown_url_is_404_in_json(db, client):
    response = client.get("/api/analytics/nothing/")
    assert (response.status_code, response.json()) == (404, {"detail": "There is nothing at /api/analytics/nothing/"})


@pytest.mark.parametrize("path", ["/", "/admin"])
def test_a_post_to_a_redirect_is_refused_in_json(path):
    response = Client(enforce_csrf_checks=True).post(path, {})
    assert (response.status_code, list(response.json())) == (405, ["detail"])
    assert Client().get(path).status_code == 302
