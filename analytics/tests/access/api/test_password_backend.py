"""Too many wrong passwords are refused at every door, and only these."""

import base64
import time

import pytest
from django.contrib.auth.models import User

from analytics.access.store import login_failures

PASSWORD = "correct horse"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ann(settings):
    settings.IDEEZA_API_OPEN = False
    settings.IDEEZA_LOGIN_FAILURES_BY_NAME, settings.IDEEZA_LOGIN_FAILURES_BY_ADDRESS = 3, 6
    return User.objects.create_superuser("ann", password=PASSWORD)


@pytest.fixture
def log_in(client):
    def token(name, password, **options):
        body = {"username": name, "password": password}
        return client.post("/api/token/", body, content_type="application/json", **options)

    def form(url):
        def send(name, password, **options):
            client.cookies.clear()  # who is signed in is sent on without a check
            return client.post(url, {"username": name, "password": password}, **options)

        return send

    def basic(name, password, **options):
        credentials = base64.b64encode(f"{name}:{password}".encode()).decode()
        return client.get("/api/", headers={"Authorization": f"Basic {credentials}"}, **options)

    doors = {"token": token, "admin": form("/admin/login/"), "dashboard": form("/dashboard/login/"), "basic": basic}
    return doors.__getitem__


DOORS = pytest.mark.parametrize(
    "door, wrong, right", [("token", 401, 200), ("admin", 200, 302), ("dashboard", 200, 302), ("basic", 401, 200)]
)


@DOORS
def test_a_name_is_refused_after_too_many_failures_whatever_its_case(log_in, door, wrong, right):
    given = [log_in(door)(name, "wrong").status_code for name in ("ann", "Ann", "ANN")]
    assert given == [wrong] * 3
    refused = log_in(door)("ann", PASSWORD)
    assert refused.status_code == 429
    assert 1 <= int(refused["Retry-After"]) <= 60
    is_page = door in ("admin", "dashboard")
    assert refused["Content-Type"].startswith("text/html" if is_page else "application/json")
    assert b"Too many failed logins" in refused.content


@DOORS
def test_the_right_password_forgets_the_failures_of_its_name(log_in, door, wrong, right):
    for _ in range(2):
        for _ in range(2):
            assert log_in(door)("ann", "wrong").status_code == wrong
        assert log_in(door)("ann", PASSWORD).status_code == right


def test_an_address_is_refused_after_too_many_failures_of_any_names(log_in):
    for number in range(6):
        assert log_in("token")(f"name {number}", "wrong").status_code == 401
    assert log_in("token")("ann", PASSWORD).status_code == 429
    assert log_in("token")("ann", PASSWORD, REMOTE_ADDR="192.0.2.1").status_code == 200


def test_the_address_is_the_clients_behind_a_known_proxy(log_in, settings):
    settings.IDEEZA_PROXIES = ["127.0.0.1/32"]
    for number in range(6):
        log_in("token")(f"name {number}", "wrong", HTTP_X_FORWARDED_FOR="192.0.2.1")
    assert log_in("token")("ann", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.1").status_code == 429
    assert log_in("token")("ann", PASSWORD, HTTP_X_FORWARDED_FOR="192.0.2.2").status_code == 200


def test_addresses_of_one_ipv6_network_count_as_one(log_in):
    for number in range(6):
        log_in("token")(f"name {number}", "wrong", REMOTE_ADDR=f"2001:db8::{number + 1}")
    assert log_in("token")("ann", PASSWORD, REMOTE_ADDR="2001:db8::99").status_code == 429
    assert log_in("token")("ann", PASSWORD, REMOTE_ADDR="2001:db8:0:1::1").status_code == 200


def test_right_passwords_are_not_counted(log_in):
    assert {log_in("token")("ann", PASSWORD).status_code for _ in range(10)} == {200}


def test_failures_are_forgotten_after_a_minute(log_in, monkeypatch):
    monkeypatch.setattr(login_failures, "WINDOW_SECONDS", 1)
    for _ in range(3):
        log_in("token")("ann", "wrong")
    assert log_in("token")("ann", PASSWORD).status_code == 429
    time.sleep(1.1)
    assert log_in("token")("ann", PASSWORD).status_code == 200


def test_without_redis_the_process_counts_alone(log_in, settings):
    options = {"SOCKET_CONNECT_TIMEOUT": 0.1, "CLIENT_CLASS": "django_redis.client.DefaultClient"}
    unreachable = {"BACKEND": "django_redis.cache.RedisCache", "LOCATION": "redis://127.0.0.1:1/0", "OPTIONS": options}
    settings.CACHES = {"default": unreachable}
    given = [log_in("token")("ann", "wrong").status_code for _ in range(4)]
    assert given == [401, 401, 401, 429]


@pytest.mark.parametrize("name, password", [("a\0b", "x"), ("ann", "\0"), ("\ud7ff", "x"), ("x" * 100_000, "x")])
def test_any_name_and_password_gets_an_answer(log_in, name, password):
    assert log_in("basic")(name, password).status_code == 401
    assert log_in("token")(name, password).status_code in (400, 401)
    assert log_in("admin")(name, password).status_code == 200
