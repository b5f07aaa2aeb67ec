"""Forwarded headers of declared proxies, and of others."""

import logging
import subprocess
import sys

import pytest
from django.conf import settings as django_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from analytics.http import proxies

PROXY, STRANGER = "10.0.0.1", "10.9.9.9"


class Echo(APIView):
    authentication_classes = permission_classes = ()

    def get(self, request):
        return Response({"secure": request.is_secure(), "url": request.build_absolute_uri(), "path": request.path})


urlpatterns = [path("echo", Echo.as_view())]


@pytest.fixture(autouse=True)
def nothing_noted(monkeypatch):
    monkeypatch.setattr(proxies, "_undeclared", [])


@pytest.fixture
def declared(settings):
    settings.IDEEZA_PROXIES = [f"{PROXY}/32"]


@pytest.fixture
def echo(client, settings):
    settings.ROOT_URLCONF = __name__

    def get(peer, **headers):
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return client.get("/echo", headers={"Host": "testserver"} | named, REMOTE_ADDR=peer).json()

    return get


def test_a_declared_proxy_says_that_the_client_speaks_tls(echo, declared):
    seen = echo(PROXY, x_forwarded_proto="https")
    assert (seen["secure"], seen["url"]) == (True, "https://testserver/echo")
    assert not echo(PROXY, x_forwarded_proto="http")["secure"]
    assert not echo(PROXY)["secure"]


def test_the_scheme_is_what_the_nearest_proxy_says(echo, declared):
    assert not echo(PROXY, x_forwarded_proto="https, http")["secure"]
    assert echo(PROXY, x_forwarded_proto="http, HTTPS")["secure"]


def test_a_declared_proxy_says_under_which_path_it_serves(echo, declared):
    seen = echo(PROXY, x_forwarded_prefix="/stats/")
    assert (seen["path"], seen["url"]) == ("/stats/echo", "http://testserver/stats/echo")


def test_the_path_of_one_request_is_not_that_of_the_next(echo, declared):
    echo(PROXY, x_forwarded_prefix="/stats")
    assert echo(PROXY)["path"] == "/echo"


@pytest.mark.parametrize("prefix", ["//evil.example", "stats", "/a//b", "/a b", "/a?b", "/<b>", "/a\r\nb", "/"])
def test_a_prefix_that_could_make_other_links_is_ignored(echo, declared, prefix):
    assert echo(PROXY, x_forwarded_prefix=prefix)["path"] == "/echo"


@pytest.mark.parametrize("peer", [STRANGER, ""])
def test_others_are_not_believed(echo, declared, peer):
    seen = echo(peer, x_forwarded_proto="https", x_forwarded_prefix="/stats")
    assert seen == {"secure": False, "url": "http://testserver/echo", "path": "/echo"}


def test_the_peer_of_a_unix_socket_is_declared_by_a_word(echo, settings):
    settings.IDEEZA_PROXIES = ["unix"]
    assert echo("", x_forwarded_proto="https")["secure"]
    assert not echo(PROXY, x_forwarded_proto="https")["secure"]


def test_the_pages_of_the_dashboard_link_below_the_prefix(client, reader, declared):
    headers = {"X-Forwarded-Prefix": "/stats"}
    turned_away = client.get("/dashboard/live/", headers=headers, REMOTE_ADDR=PROXY)
    assert turned_away.url == "/stats/dashboard/login/?next=/stats/dashboard/live/"
    client.force_login(reader)
    page = client.get("/dashboard/live/", headers=headers, REMOTE_ADDR=PROXY).content.decode()
    assert '"root": "/stats"' in page
    assert 'href="/stats/static/dashboard/' in page and '"/static/' not in page
    assert '"/stats/' not in client.get("/dashboard/live/", REMOTE_ADDR=PROXY).content.decode()


def test_the_first_undeclared_peer_that_forwards_is_logged_once_and_shown(client, db, declared, caplog):
    def forward(peer):
        client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.1"}, REMOTE_ADDR=peer)

    def shown():
        return client.get("/readyz").json()["forwarded_from_undeclared"]

    forward(PROXY)
    assert shown() is None
    with caplog.at_level(logging.WARNING, proxies.__name__):
        forward(STRANGER)
        forward(STRANGER)
        forward("")
    assert [record.getMessage().split()[0] for record in caplog.records] == [STRANGER]
    assert shown() == STRANGER


def test_a_unix_socket_that_is_not_declared_is_named_by_its_word(client, declared):
    client.get("/healthz", headers={"X-Forwarded-For": "192.0.2.1"}, REMOTE_ADDR="")
    assert proxies.undeclared() == "unix"


@pytest.mark.parametrize(
    "listed, error", [("unix, 10.0.0.0/8", ""), ("sock", "IDEEZA_PROXIES: 'sock' does not appear")]
)
def test_a_proxy_is_a_network_or_the_word_unix(listed, error):
    environment = {"PATH": "/usr/bin:/bin", "DEBUG": "true", "IDEEZA_PROXIES": listed}
    code = "from ideeza import settings; print(settings.IDEEZA_PROXIES)"
    ran = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=django_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert error in ran.stderr
    assert error or ran.stdout.strip() == "['unix', '10.0.0.0/8']"
