"""The API is closed by default and opens with a token."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from analytics.tests.warehouse.api.test_views import ENDPOINTS


@pytest.fixture
def closed(settings, db):
    settings.IDEEZA_API_OPEN = False
    return User.objects.create_user("ann", password="correct horse")


def post(client, path, token=None):
    headers = {"Authorization": token} if token else {}
    return client.post(f"/api/analytics/{path}", {}, content_type="application/json", headers=headers)


@pytest.mark.parametrize("path", ENDPOINTS)
def test_without_a_token_nothing_is_answered(closed, client, path):
    response = post(client, path)
    assert response.status_code == 401
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_password_gives_a_token_that_opens_the_api(closed, client):
    answer = client.post(
        "/api/token/", {"username": "ann", "password": "correct horse"}, content_type="application/json"
    ).json()
    assert set(answer) == {"access", "refresh"}
    assert post(client, "top/blog/", f"Bearer {answer['access']}").status_code == 200
    fresh = client.post("/api/token/refresh", {"refresh": answer["refresh"]}, content_type="application/json").json()
    assert post(client, "top/blog/", f"Bearer {fresh['access']}").status_code == 200


def test_a_refresh_token_of_a_deleted_user_is_refused(closed, client):
    token = str(RefreshToken.for_user(closed))
    closed.delete()
    response = client.post("/api/token/refresh/", {"refresh": token}, content_type="application/json")
    assert (response.status_code, "gone" in response.json()["detail"]) == (401, True)


def refresh(client, token):
    return client.post("/api/token/refresh/", {"refresh": token}, content_type="application/json")


@pytest.fixture
def tokens(closed, client):
    body = {"username": "ann", "password": "correct horse"}
    return client.post("/api/token/", body, content_type="application/json").json()


def test_a_refresh_token_ends_when_the_password_changes(closed, client, tokens):
    assert refresh(client, tokens["refresh"]).status_code == 200
    closed.set_password("another")
    closed.save()
    response = refresh(client, tokens["refresh"])
    assert (response.status_code, "password" in response.json()["detail"]) == (401, True)


def test_a_refresh_token_ends_when_its_user_is_deactivated(closed, client, tokens):
    User.objects.update(is_active=False)
    assert refresh(client, tokens["refresh"]).status_code == 401
    User.objects.update(is_active=True, first_name="Ann")
    assert refresh(client, tokens["refresh"]).status_code == 200


def test_a_refresh_token_that_is_not_bound_to_a_password_is_refused(closed, client):
    assert refresh(client, str(RefreshToken.for_user(closed))).status_code == 401


def test_a_refresh_asks_one_query(client, tokens, django_assert_num_queries):
    with django_assert_num_queries(1):
        assert refresh(client, tokens["refresh"]).status_code == 200


def test_an_access_token_says_nothing_of_the_password(client, tokens):
    fresh = refresh(client, tokens["refresh"]).json()["access"]
    assert "password" not in AccessToken(tokens["access"]).payload
    assert "password" not in AccessToken(fresh).payload


def test_a_wrong_password_gets_no_token(closed, client):
    body = {"username": "ann", "password": "wrong"}
    assert client.post("/api/token", body, content_type="application/json").status_code == 401


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer x y", "Bearer abc", "Bearer a.b.c", "Bearer \u00e9"])
@pytest.mark.parametrize("is_open", [True, False])
def test_a_malformed_token_is_401_even_when_open(closed, client, settings, header, is_open):
    settings.IDEEZA_API_OPEN = is_open
    assert post(client, "top/user/", header).status_code == 401


def test_an_expired_a_forged_and_a_refresh_token_are_refused(closed, client):
    expired = AccessToken.for_user(closed)
    expired.set_exp(lifetime=-timedelta(seconds=1))
    good = str(AccessToken.for_user(closed))
    for token in (expired, good[:-3] + ("abc" if good[-3:] != "abc" else "abd"), RefreshToken.for_user(closed)):
        assert post(client, "top/user/", f"Bearer {token}").status_code == 401
    assert post(client, "top/user/", f"Bearer {good}").status_code == 200


def test_checking_a_token_does_not_query_its_user(closed, client, django_assert_max_num_queries):
    token = AccessToken.for_user(closed)
    with django_assert_max_num_queries(20) as queries:
        assert post(client, "top/country/", f"Bearer {token}").status_code == 200
    assert not [query for query in queries.captured_queries if "auth_user" in query["sql"]]


def test_a_session_does_not_open_the_api(closed, client):
    client.force_login(closed)
    assert post(client, "top/user/").status_code == 401


def test_an_open_api_needs_no_token(closed, client, settings):
    settings.IDEEZA_API_OPEN = True
    assert post(client, "top/user/").status_code == 200
