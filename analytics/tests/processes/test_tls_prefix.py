"""The service behind TLS and under /stats, by the shipped nginx-prefix.conf: links, redirects, static files, logins,
the pages in a browser, and a page of the same site with the tracker."""

import http.cookiejar
import json
import re
import shutil
import ssl
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from django.contrib.auth.models import User
from playwright.sync_api import expect, sync_playwright

from analytics.access.flow.create_key import SCOPES, create_key
from analytics.tests.browser.conftest import FLAGS, record_activity, wait_until_filled
from analytics.tests.browser.swagger_page import try_grouped_views
from analytics.tests.conftest import PASSWORD
from analytics.tests.processes import sample_views
from analytics.tests.processes.proxy import make_certificate, nginx_with_tls
from analytics.tests.processes.web_and_workers import web_server

pytestmark = [pytest.mark.nginx, pytest.mark.openssl, pytest.mark.sqlite]  # nothing here depends on the database

PAGE = """<!doctype html><title>Shop</title>
<script src="/stats/tracker.js" data-key="{key}" data-domain="localhost" data-api="/stats" defer></script>"""
AGENT = "Mozilla/5.0 (X11; Linux x86_64) Chrome/130 Safari/537.36"
"""The default one names headless Chromium, which makes it a bot."""
JSON = "application/json"


class Site(NamedTuple):
    origin: str
    folder: Path
    key: str

    @property
    def root(self) -> str:
        return f"{self.origin}/stats"


@pytest.fixture
def site(rolled_up, settings, tmp_path, nginx_program) -> Iterator[Site]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]  # which the server knows
    User.objects.create_superuser("root", password=PASSWORD)
    key, folder, declared = create_key("shop", [], SCOPES), tmp_path / "nginx", "127.0.0.1"
    folder.mkdir()
    make_certificate(shutil.which("openssl"), folder)
    (folder / "page.html").write_text(PAGE.format(key=key))
    environment = {
        "DJANGO_SETTINGS_MODULE": "analytics.tests.processes.uncollected_settings",
        "IDEEZA_API_OPEN": "false",
        "IDEEZA_PROXIES": declared,
        "IDEEZA_ROLLUPS": "country",  # which are rolled up
    }
    with (
        web_server(tmp_path, workers=1, **environment) as server,
        nginx_with_tls(nginx_program, folder, server.port) as port,
    ):
        yield Site(f"https://localhost:{port}", folder, key)


class Visitor:
    """A client that keeps cookies, trusts the site's certificate, and follows no redirect."""

    def __init__(self, site: Site) -> None:
        class NoRedirect(urllib.request.HTTPRedirectHandler):
            def redirect_request(self, *args):
                return None

        context = ssl.create_default_context(cafile=str(site.folder / "certificate.pem"))
        self.site, self.cookies = site, http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context),
            urllib.request.HTTPCookieProcessor(self.cookies),
            NoRedirect(),
        )

    def send(self, url: str, body: bytes | None = None, **headers: str):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(url if "://" in url else self.site.root + url, body, named)
        try:
            answer = self._opener.open(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        with answer:
            return answer.status, answer.headers, answer.read()

    def send_json(self, url: str, sent=None, **headers: str):
        body = None if sent is None else json.dumps(sent).encode()
        status, _, answer = self.send(url, body, Content_Type=JSON, **headers)
        assert status in (200, 201), answer
        return json.loads(answer)

    def send_form(self, url: str, **fields: str):
        """Send a form with the token that its page holds, as a browser does."""
        page = self.send(url)[2].decode()
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)[1]
        body = urllib.parse.urlencode({"csrfmiddlewaretoken": token, **fields}).encode()
        return self.send(url, body, Origin=self.site.origin, Referer=self.site.root + url)

    def token(self) -> str:
        return self.send_json("/api/token/", {"username": "root", "password": PASSWORD})["access"]


@pytest.fixture
def visitor(site) -> Visitor:
    return Visitor(site)


def test_links_and_locations_begin_with_the_address_outside(visitor, site):
    key, bearer = {"X_API_Key": site.key}, {"Authorization": f"Bearer {visitor.token()}"}
    body = json.dumps({"domain": "example.com", "path": "/a", "subject": "A"}).encode()
    status, headers, answer = visitor.send("/api/visits/", body, Content_Type=JSON, **key)
    assert (status, headers["Location"]) == (201, json.loads(answer)["url"])
    assert headers["Location"].startswith(f"{site.root}/api/visits/")
    assert visitor.send_json(headers["Location"], **key)["url"] == headers["Location"]

    events = [{"session_id": str(number), "category": "c", "name": "n"} for number in range(3)]
    visitor.send_json("/events/", events, **key)
    first = visitor.send_json("/events/?page_size=2", **bearer)
    assert first["next"] == f"{site.root}/events/?page_size=2&page=2"
    second = visitor.send_json(first["next"], **bearer)
    assert second["previous"].startswith(f"{site.root}/events/?")
    visitor.send_json("/api/visits/", {"domain": "example.com", "path": "/b", "subject": "B"}, **key)
    assert visitor.send_json("/api/visits/?limit=1", **key)["next"] == f"{site.root}/api/visits/?limit=1&offset=1"


def test_the_documents_begin_with_the_address_outside(visitor, site):
    host = site.origin.partition("//")[2]
    swagger2 = visitor.send_json("/swagger.json")
    assert (swagger2["schemes"], swagger2["host"], swagger2["basePath"]) == (["https"], host, "/stats")
    assert visitor.send_json("/openapi.json")["servers"] == [{"url": site.root}]


@pytest.mark.parametrize("page", ["/dashboard/warehouse/?range=month", "/admin/analytics/blog/?q=a"])
def test_a_page_leads_to_the_login_and_back(visitor, site, page):
    status, headers, _ = visitor.send(page)
    assert status == 302
    login = urllib.parse.urljoin(site.root + page, headers["Location"])
    assert login.startswith(f"{site.root}/{page.split('/')[1]}/login/?next=/stats/")
    fields = {"username": "root", "password": PASSWORD, "next": f"/stats{page}"}
    status, headers, answer = visitor.send_form(login.removeprefix(site.root), **fields)
    assert (status, headers["Location"]) == (302, f"/stats{page}"), answer
    assert visitor.send(page)[0] == 200
    assert {cookie.name: cookie.secure for cookie in visitor.cookies} == {"csrftoken": True, "sessionid": True}


def test_a_login_leads_to_no_other_site(visitor):
    fields = {"username": "root", "password": PASSWORD, "next": "https://evil.example/"}
    status, headers, _ = visitor.send_form("/dashboard/login/", **fields)
    assert (status, headers["Location"]) == (302, "/stats/dashboard/")


def test_the_paths_without_a_page_lead_to_one(visitor, site):
    assert visitor.send(site.root)[1]["Location"] == f"{site.root}/dashboard/"
    assert visitor.send("/admin")[1]["Location"] == "/stats/admin/"
    assert visitor.send("/dashboard")[1]["Location"] == "/stats/dashboard/login/?next=/stats/dashboard"
    visitor.send_form("/dashboard/login/", username="root", password=PASSWORD)
    assert visitor.send("/dashboard")[1]["Location"] == "/stats/dashboard/warehouse/"


def test_each_static_file_of_a_page_is_there(visitor, site):
    for page in ("/dashboard/login/", "/admin/login/", "/swagger/", "/redoc/"):
        text = visitor.send(page)[2].decode()
        files = set(re.findall(r'(?:src|href)="([^"]+\.(?:css|js|svg|png|woff2)[^"]*)"', text))
        assert files
        for file in files:
            assert file.startswith("/stats/static/"), file
            assert visitor.send(site.origin + file)[0] == 200, file


def test_a_client_cannot_choose_its_address(visitor, site):
    forged = {"X_Forwarded_Prefix": "/evil", "X_Forwarded_Proto": "http", "X_Forwarded_For": "192.0.2.9"}
    answer = visitor.send_json(
        "/api/visits/", {"domain": "a.example", "path": "/a", "subject": "A"}, X_API_Key=site.key, **forged
    )
    assert answer["url"].startswith(f"{site.root}/api/visits/")


@pytest.fixture
def page(site, chromium):
    """Open a page that trusts the certificate, and records its requests and its errors. `page` is the last fixture of a
    test: once it is open, Django cannot use the database in this thread."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(ignore_https_errors=True, user_agent=AGENT, locale="en-GB")
        yield record_activity(context.new_page())
        browser.close()


def require_own_requests(page, site):
    assert page.failures == []
    own = (f"{site.root}/", f"{site.root}?", "data:", "blob:")
    assert [url for url in page.requested_urls if not url.startswith(own)] == []


@pytest.mark.browser
def test_the_dashboard_works_in_a_browser(visitor, site, page):
    page.goto(f"{site.root}/dashboard/?from={sample_views.FIRST}&to={sample_views.LAST}")
    page.get_by_label("Name").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile(f"^{site.root}/dashboard/warehouse/"))
    wait_until_filled(page)
    expect(page.locator("#totals")).to_contain_text("400")
    for name in ("Events", "Live"):
        page.get_by_role("link", name=name, exact=True).first.click()
        expect(page).to_have_url(re.compile(f"^{site.root}/dashboard/{name.lower()}/"))
        wait_until_filled(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile(f"^{site.root}/dashboard/login/"))
    require_own_requests(page, site)


@pytest.mark.browser
def test_try_it_out_works_in_a_browser(visitor, site, page):
    token = visitor.token()
    page.goto(f"{site.root}/swagger/")
    answered = try_grouped_views(page, token, f"{site.root}/api/analytics/blog-views/country/")
    assert (answered.status, len(answered.json())) == (200, 4)
    require_own_requests(page, site)


@pytest.mark.browser
def test_the_admin_works_in_a_browser(visitor, site, page):
    page.goto(f"{site.root}/admin/")
    page.get_by_label("Username").fill("root")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("link", name="Blogs", exact=True).first.click()
    expect(page).to_have_url(f"{site.root}/admin/analytics/blog/")
    page.get_by_role("link", name="Blog 1").click()
    page.get_by_label("Title").fill("Renamed")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("link", name="Renamed", exact=True).first).to_be_visible()
    page.get_by_role("link", name="View site").click()
    expect(page).to_have_url(re.compile(f"^{site.root}/dashboard/"))
    require_own_requests(page, site)


@pytest.mark.browser
def test_the_tracker_sends_the_views_of_a_page_of_the_same_site(visitor, site, page):
    with page.expect_response(re.compile("/api/collect")) as collected:
        page.goto(f"{site.origin}/hello")
    assert (collected.value.status, collected.value.url.partition("?")[0]) == (202, f"{site.root}/api/collect")
    visits = visitor.send_json("/api/visits/", X_API_Key=site.key)["results"]
    assert [(visit["domain"], visit["path"], visit["subject"]) for visit in visits] == [("localhost", "/hello", "Shop")]
