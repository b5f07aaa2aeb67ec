"""The pages as the server sends them: who may see them, and what their scripts may load."""

import gzip
import re
from pathlib import Path

import pytest
from django.contrib.auth.models import Permission
from django.contrib.staticfiles import finders

from analytics.models import ApiKey, Blog, Page, Site, SiteAccess
from analytics.tests.conftest import PASSWORD

PAGES = ["live", "warehouse", "events"]
MAX_BYTES = 100_000
"""The most bytes of gzipped JavaScript and CSS that a page may load."""


@pytest.fixture
def signed_in(client, reader):
    client.force_login(reader)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_a_user_signs_in_first_and_returns_to_the_page(client, reader, page):
    first = client.get(f"/dashboard/{page}/?range=all&country=DE")
    assert (first.status_code, first["Location"].split("?")[0]) == (302, "/dashboard/login/")
    credentials = {"username": "reader", "password": PASSWORD}
    signed_in = client.post(first["Location"], {**credentials, "next": f"/dashboard/{page}/?range=all&country=DE"})
    assert (signed_in.status_code, signed_in["Location"]) == (302, f"/dashboard/{page}/?range=all&country=DE")


def test_a_wrong_password_is_rejected_with_a_message(client, reader):
    response = client.post("/dashboard/login/", {"username": "reader", "password": "guess"})
    assert response.status_code == 200
    assert "do not match" in response.content.decode()


def test_view_site_in_the_admin_opens_the_dashboard(admin_client):
    html = admin_client.get("/admin/").content.decode()
    href = re.search(r'<a href="([^"]+)">View site</a>', html)[1]
    assert admin_client.get(href, follow=True).status_code == 200
    assert href == "/dashboard/"


def test_signing_in_never_redirects_to_another_host(client, reader):
    credentials = {"username": "reader", "password": PASSWORD, "next": "https://example.org/"}
    assert client.post("/dashboard/login/", credentials)["Location"] == "/dashboard/"


@pytest.mark.parametrize("route", ["dashboard", *(f"dashboard/{page}" for page in PAGES)])
def test_every_page_opens_with_and_without_its_slash(signed_in, route):
    with_slash, without = signed_in.get(f"/{route}/", follow=True), signed_in.get(f"/{route}", follow=True)
    assert (with_slash.status_code, without.status_code) == (200, 200)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_nothing_inline_and_nothing_from_other_hosts(signed_in, page):
    response = signed_in.get(f"/dashboard/{page}/")
    policy = response["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    html = response.content.decode()
    assert not re.search(r"\son\w+=|\sstyle=|<style", html)
    assert all("src=" in tag or "application/json" in tag for tag in re.findall(r"<script[^>]*>", html))
    assert "://" not in re.sub(r"<script[^>]*json.*?</script>", "", html, flags=re.S)


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_tokens_is_never_cached(signed_in, page):
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
    response = client.post("/api/analytics/top/blog/", {}, content_type="application/json", headers=headers)
    assert response.status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_scripts_and_styles_of_a_page_stay_within_the_limit(signed_in, page):
    html = signed_in.get(f"/dashboard/{page}/").content.decode()
    found = set(re.findall(r'(?:src|href)="/static/([^"]+\.(?:js|css))"', html))
    assert len(found) > 10
    assert sum(len(gzip.compress(Path(finders.find(name)).read_bytes(), 6)) for name in found) <= MAX_BYTES


def test_all_modules_are_preloaded(signed_in):
    html = signed_in.get("/dashboard/warehouse/").content.decode()
    preloaded = set(re.findall(r'modulepreload" href="/static/dashboard/js/(\w+)\.js', html))
    assert {"api", "authenticated_fetch", "dom", "views_panel", "time_chart", "freshness"} <= preloaded


@pytest.mark.parametrize("library", ["uplot", "topojson", "world", "inter"])
def test_each_vendored_library_has_its_licence(library):
    assert Path(finders.find(f"dashboard/vendor/{library}/LICENSE")).stat().st_size > 500


def test_only_who_may_create_keys_gets_one_from_the_first_steps(client, reader):
    client.force_login(reader)
    assert "Ask an administrator" in client.get("/dashboard/start/").content.decode()
    assert client.post("/dashboard/start/", {"host": "shop.example"}).status_code == 403
    assert not ApiKey.objects.exists()
    reader.is_superuser = True
    reader.save()
    wrong = client.post("/dashboard/start/", {"host": "not a host"}).content.decode()
    assert "This is not the host of a site" in wrong and not ApiKey.objects.exists()
    page = client.post("/dashboard/start/", {"host": "HTTPS://Shop.example/"}).content.decode()
    assert "data-key=" in page and "Domain" not in page
    key, site = ApiKey.objects.get(), Site.objects.get()
    assert (key.may_collect, key.may_read, site.host, site.owner) == (True, False, "shop.example", reader)
    assert [domain.host for domain in key.application.domains.all()] == ["shop.example"]


def test_who_sees_some_sites_only_gets_a_key_for_these_only(client, reader):
    reader.user_permissions.set(Permission.objects.filter(codename__in=["add_apikey", "add_site"]))
    SiteAccess.objects.create(user=reader).sites.add(Site.objects.create(host="own.example"))
    client.force_login(reader)
    refused = client.post("/dashboard/start/", {"host": "shop.example"}).content.decode()
    assert "You may see other sites only" in refused and not ApiKey.objects.exists()
    assert "data-key=" in client.post("/dashboard/start/", {"host": "own.example"}).content.decode()


def test_a_site_keeps_its_owner(client, reader, admin_user):
    Site.objects.create(host="shop.example", owner=admin_user)
    reader.is_superuser = True
    reader.save()
    client.force_login(reader)
    client.post("/dashboard/start/", {"host": "shop.example"})
    assert Site.objects.get().owner == admin_user


def test_the_dashboard_begins_with_the_first_steps_while_there_is_nothing(client, reader, db):
    client.force_login(reader)
    assert client.get("/dashboard/").headers["Location"] == "/dashboard/start/"
    page = Page.objects.create(site=Site.objects.create(host="shop.example"), path="/")
    assert client.get("/dashboard/").headers["Location"] == "/dashboard/warehouse/"
    page.delete()
    Blog.objects.create(title="x", author=reader).views.create()
    assert client.get("/dashboard/").headers["Location"] == "/dashboard/warehouse/"
