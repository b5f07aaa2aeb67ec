"""What the server gives before any script runs: who may look, and what a browser is allowed."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

from analytics.tests.dashboard.conftest import PASSWORD

PAGES = ["live", "warehouse", "events"]
BUDGET = 100_000
"""Bytes of JavaScript and CSS that a page may cost, gzipped."""


@pytest.fixture
def signed_in(client, reader):
    client.force_login(reader)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_who_is_not_signed_in_is_asked_to_and_comes_back(client, reader, page):
    asked = client.get(f"/dashboard/{page}/?range=all&country=DE")
    assert (asked.status_code, asked["Location"].split("?")[0]) == (302, "/dashboard/login/")
    credentials = {"username": "reader", "password": PASSWORD}
    entered = client.post(asked["Location"], {**credentials, "next": f"/dashboard/{page}/?range=all&country=DE"})
    assert (entered.status_code, entered["Location"]) == (302, f"/dashboard/{page}/?range=all&country=DE")


def test_a_wrong_password_is_refused_in_words(client, reader):
    refused = client.post("/dashboard/login/", {"username": "reader", "password": "guess"})
    assert refused.status_code == 200
    assert "do not go together" in refused.content.decode()


def test_signing_in_leads_nowhere_else(client, reader):
    credentials = {"username": "reader", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post("/dashboard/login/", credentials)["Location"] == "/dashboard/"


@pytest.mark.parametrize("route", ["dashboard", *(f"dashboard/{page}" for page in PAGES)])
def test_every_page_opens_with_and_without_its_slash(signed_in, route):
    with_slash, without = signed_in.get(f"/{route}/", follow=True), signed_in.get(f"/{route}", follow=True)
    assert (with_slash.status_code, without.status_code) == (200, 200)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_allows_nothing_inline_and_nothing_from_elsewhere(signed_in, page):
    response = signed_in.get(f"/dashboard/{page}/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    assert not re.search(r"\son\w+=|\sstyle=|<style", html)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "://" not in re.sub(r"<script[^>]*json.*?</script>", "", html, flags=re.S)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_tokens_in_it_is_kept_by_nobody(signed_in, page):
    assert "no-store" in signed_in.get(f"/dashboard/{page}/")["Cache-Control"]


def test_signing_out_takes_a_post(signed_in):
    assert signed_in.get("/dashboard/logout/").status_code == 405
    assert signed_in.post("/dashboard/logout/")["Location"] == "/dashboard/login/"
    assert signed_in.get("/dashboard/warehouse/").status_code == 302


def test_the_tokens_of_a_page_are_the_users_own(signed_in, client, settings):
    html = signed_in.get("/dashboard/warehouse/").content.decode()
    access = re.search(r'"access": "([^"]+)"', html)[1]
    signed_in.logout()
    headers = {"Authorization": f"Bearer {access}"}
    asked = client.post("/api/analytics/top/blog/", {}, content_type="application/json", headers=headers)
    assert asked.status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_scripts_and_styles_of_a_page_weigh_little(signed_in, page):
    html = signed_in.get(f"/dashboard/{page}/").content.decode()
    found = set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', html))
    assert len(found) > 10
    assert sum(len(gzip.compress(Path(finders.find(name)).read_bytes(), 6)) for name in found) <= BUDGET


def test_each_module_is_asked_for_at_once(signed_in):
    html = signed_in.get("/dashboard/warehouse/").content.decode()
    preloaded = set(re.findall(r'modulepreload" href="/static/dashboard/js/(\w+)\.js', html))
    assert {"api", "session", "dom", "overtime", "chart", "fresh"} <= preloaded


@pytest.mark.parametrize("library", ["uplot", "topojson", "world", "inter"])
def test_what_others_made_has_its_licence_beside_it(library):
    assert Path(finders.find(f"dashboard/vendor/{library}/LICENSE")).stat().st_size > 500
