"""Failures outside the REST framework are answered: with a page to a person, with JSON to a program."""

import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.backends.db import SessionStore
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.test import Client

from analytics.models import Country
from analytics.warehouse.store import locks, purged_summaries

PAGES = ("/dashboard/live/", "/dashboard/warehouse/", "/admin/", "/admin/analytics/country/")
PASSWORD = "correct horse"

pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = User.objects.create_superuser("ann", password=PASSWORD)
    client.force_login(user)
    client.raise_request_exception = False
    return client


def fail_with(error):
    def fail(*args, **options):
        raise error

    return fail


def assert_page(response, status):
    assert (response.status_code, response["Content-Type"]) == (status, "text/html; charset=utf-8")
    assert b"<h1>" in response.content


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("error", [OperationalError("gone"), InterfaceError("closed"), DatabaseError("lost")])
def test_a_page_without_a_database_is_503_and_readable(staff, monkeypatch, path, error):
    monkeypatch.setattr(connection, "cursor", fail_with(error))
    response = staff.get(path)
    assert_page(response, 503)
    assert response["Retry-After"] == "1"


@pytest.mark.parametrize("path", ["/admin/login/", "/dashboard/login/"])
def test_a_locked_database_at_a_login_is_503(client, monkeypatch, path):
    User.objects.create_superuser("ann", password=PASSWORD)
    client.raise_request_exception = False
    monkeypatch.setattr(SessionStore, "save", fail_with(OperationalError("database is locked")))
    response = client.post(path, {"username": "ann", "password": PASSWORD})
    assert_page(response, 503)
    assert response["Retry-After"] == "1"


def test_a_session_that_cannot_be_stored_after_the_view_is_503(staff, monkeypatch, settings):
    settings.SESSION_SAVE_EVERY_REQUEST = True
    monkeypatch.setattr(SessionStore, "save", fail_with(OperationalError("database is locked")))
    assert_page(staff.get("/dashboard/live/"), 503)


def test_an_error_of_ours_stays_a_500(staff, monkeypatch):
    monkeypatch.setattr("analytics.dashboard.views.create_tokens", fail_with(KeyError("bug")))
    response = staff.get("/dashboard/live/")
    assert_page(response, 500)
    assert b"bug" not in response.content


@pytest.mark.parametrize("cookie", ['"abcdefgh\\000ijkl"', "abcdefgh"])
@pytest.mark.parametrize("path", ["/api/", "/admin/", "/dashboard/live/"])
def test_a_strange_session_cookie_is_nobodys(client, settings, cookie, path):
    response = client.get(path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={cookie}"})
    assert response.status_code in (302, 401, 403)


@pytest.mark.parametrize(
    "path",
    [
        "/admin/analytics/country/?q=%00",
        "/admin/analytics/country/?code=%00",
        "/admin/analytics/bothits/?day__gte=%00",
        "/admin/analytics/errorrecord/?q=a%00b",
        "/admin/auth/user/?username=%00",
    ],
)
def test_a_nul_in_a_query_of_the_admin_is_400(staff, path):
    assert_page(staff.get(path), 400)
    assert staff.get(path.replace("%00", "x")).status_code in (200, 302)


@pytest.mark.parametrize(
    "form",
    [
        {"action": "delete_selected", "_selected_action": ["\0"]},
        {"action": "delete_selected", "_selected_action": ["x"]},
        {"action": "\0", "_selected_action": ["1"]},
        {"action": "delete_selected", "_selected_action": ["9" * 40]},
    ],
)
def test_a_strange_action_of_the_admin_is_refused(staff, form):
    response = staff.post("/admin/analytics/country/", form)
    assert response.status_code in (200, 302, 400)


@pytest.mark.parametrize("path", ["/admin/analytics/country/%00/change/", "/admin/analytics/country/a/change/"])
def test_a_strange_id_in_the_admin_is_none_of_ours(staff, path):
    assert staff.get(path).status_code in (302, 400, 404)


@pytest.mark.django_db(transaction=True)
def test_a_country_deleted_during_a_roll_up_stays_and_the_page_says_why(staff, monkeypatch):
    country = Country.objects.create(code="DE", name="Germany")
    monkeypatch.setattr(purged_summaries, "forget_key", fail_with(locks.AlreadyRunning("Another run.")))
    for path, form in (
        (f"/admin/analytics/country/{country.pk}/delete/", {"post": "yes"}),
        ("/admin/analytics/country/", {"action": "delete_selected", "_selected_action": [country.pk], "post": "yes"}),
    ):
        response = staff.post(path, form)
        assert_page(response, 503)
        assert b"Another run." in response.content
    assert Country.objects.filter(pk=country.pk).exists()
    monkeypatch.undo()
    assert staff.post(f"/admin/analytics/country/{country.pk}/delete/", {"post": "yes"}).status_code == 302
    assert not Country.objects.filter(pk=country.pk).exists()


@pytest.mark.parametrize("method", ["get", "post", "put", "patch", "delete", "options"])
def test_an_unknown_url_is_404_in_json_for_every_method(method):
    response = getattr(Client(enforce_csrf_checks=True), method)("/nothing")
    assert (response.status_code, response.json()) == (404, {"detail": "There is nothing at /nothing"})


@pytest.mark.parametrize("path", ["/healthz", "/readyz/", "/tracker.js"])
def test_another_method_of_a_page_for_programs_is_405_in_json(path):
    response = Client(enforce_csrf_checks=True).post(path)
    assert (response.status_code, response["Allow"]) == (405, "GET, HEAD")
    assert response.json() == {"detail": 'Method "POST" not allowed.'}


@pytest.mark.parametrize("name", ["apikey", "api%6bey", "APIKEY", "?apikey"])
@pytest.mark.parametrize("path", ["/admin/analytics/blog/", "/dashboard/live"])
def test_a_key_is_in_no_redirect_to_a_login(db, client, settings, path, name):
    settings.IDEEZA_API_OPEN = False
    answer = client.get(f"{path}?a=1&{name}=f00dcafe&host=b")
    assert answer.status_code == 302
    assert "f00dcafe" not in answer["Location"] and "b" in answer["Location"]
