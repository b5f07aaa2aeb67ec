"""A reader of some sites never sees a number or a name of another: at no URL of the project, with no credentials."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from django.contrib.auth.models import Group, Permission, User
from django.test import override_settings
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from rest_framework_simplejwt.tokens import AccessToken

from analytics.access.api.shared_views import SharedViewToken
from analytics.access.flow import share_view
from analytics.access.flow.create_key import create_key
from analytics.datasets import EVENTS
from analytics.live.flow import take_snapshots
from analytics.models import Blog, BlogView, Country, ErrorRecord, Note, Site, SiteAccess
from analytics.services import AnalyticsService
from analytics.tests.conftest import PASSWORD
from analytics.tests.event_factory import add_events
from analytics.tests.question_oracle import SeenView
from analytics.tests.test_question_oracle import OF_BLOG, TODAY, RandomViews, fields_of, key_of, numbers_of
from analytics.tests.test_view_oracle import Today
from analytics.tests.visit_factory import START, store_visits, visit
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.restrict import EventsBelongToNoSite

OWN, HIDDEN, BARE = "own.example", "zebra.example", 1213
"""A site that may be seen, one that may not, and the number of views of a blog without a site."""
SEEN, SECRET = 1117, 1721
"""The views of both sites."""
TELLING_NUMBERS = (SECRET, BARE, SECRET + BARE, SECRET + SEEN, SEEN + BARE, SECRET + BARE + SEEN)
TELLING = re.compile(rf"zebra|(?<![\d.])({'|'.join(map(str, TELLING_NUMBERS))})(?!\d)", re.I)
OTHERS = {"not": {"eq": {"site": OWN}}}
QUESTIONS: list[dict] = [
    *(
        {"dimensions": [name], "include": ["totals", "other"], "limit": 1}
        for name in ("blog", "site", "author", "hour")
    ),
    {"dimensions": ["country"], "filters": OTHERS, "include": ["totals"]},
    {"dimensions": ["time:day"], "filters": {"or": [OTHERS, {"eq": {"site": OWN}}]}, "include": ["gaps"]},
    {"metrics": ["views", "visitors"]},
    {"metrics": ["visitors"], "dimensions": ["country"]},
    {"dataset": "events", "dimensions": ["category"]},
    {"dataset": "events", "dimensions": ["session"]},
]
FILTERS: list[dict] = [{}, {"filters": {"not": {"eq": {"author": "ann"}}}}, {"filters": {"not": {"eq": {"blog": 1}}}}]
BODIES = {
    "api/analytics/query": QUESTIONS,
    "api/analytics/events": [{"group_by": each} for each in ("category", "name", "session", "period")],
    "api/analytics/performance": [*FILTERS, {"compare": "day", "gaps": "fill"}],
    "report": [{"name": "zebra"}],
}
VALUES = {
    "object_type": ["country", "user"],
    "top_type": ["blog", "user", "country"],
    "by": ["session", "category", "name"],
    "id": ["1", "2"],
    "token": ["unknown"],
}
"""What stands for the parameters of URLs."""
QUERIES = {
    "api/pagediffs": f"?domain={OWN}&direction=both",
    "api/v1.0/concurrents": f"?host={OWN}",
    "api/v1.0/increasingconcurrents": f"?host={OWN}",
    "live/toppages": f"?host={OWN}",
    "live/toppages/v3": f"?host={OWN}",
}


def routes(patterns=None, before: str = "") -> Iterator[str]:
    """Yield the route of every URL of the project, without its slash."""
    for each in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from routes(each.url_patterns, route)
        elif isinstance(each, URLPattern) and not route.startswith(("^", "admin/(")):
            yield route


def urls() -> Iterator[str]:
    """Yield a URL for every route, and several for one with parameters that choose."""
    for route in sorted({each.rstrip("/") for each in routes()}):
        parts = re.findall(r"<(?:\w+:)?(\w+)>", route)
        if parts and route.startswith("admin/"):
            yield f"/{re.sub(r'<[^>]*>', '1', route)}/"
        elif parts:
            yield from (f"/{re.sub(r'<[^>]*>', value, route)}/" for value in VALUES[parts[0]])
        else:
            yield f"/{route}/{QUERIES.get(route, '')}" if route else "/"


def answers(client, headers: dict) -> Iterator[tuple[str, int, str]]:
    """Yield URL, status and text of every answer that these credentials get."""
    for url in urls():
        name = url.partition("?")[0].strip("/")
        if name in ("dashboard/logout", "admin/logout"):
            continue
        yield url, *status_and_text(client.get(url, headers=headers))
        bodies = BODIES.get(name, FILTERS if "analytics/" in url else [{}])
        for body in bodies if "admin" not in url and "dashboard" not in url else []:
            response = client.post(url, json.dumps(body), content_type="application/json", headers=headers)
            yield f"POST {url} {body}", *status_and_text(response)


def status_and_text(response) -> tuple[int, str]:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    given = [value for name, value in response.items() if name != "X-Request-ID"]
    return response.status_code, "\n".join([content.decode("utf-8", "replace"), *given])


def leaks(client, headers: dict) -> list[str]:
    return [url for url, _, text in answers(client, headers) if TELLING.search(text)]


@pytest.fixture
def world(db, settings, monkeypatch):
    """Two sites and a blog without one, with distinctive names and numbers, a restricted member of staff with every
    permission, and the administrator."""
    settings.IDEEZA_API_OPEN = False
    settings.IDEEZA_ROLLUPS = [("country",), ("hour",)]
    settings.IDEEZA_ACTIVE_SECONDS = 10**9
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    ann, zebra = (User.objects.create_user(name, password=PASSWORD) for name in ("ann", "zebra"))
    own, secret, bare = (
        Blog.objects.create(title=title, author=author, url=url)
        for title, author, url in (
            ("Own blog", ann, f"{OWN}/"),
            ("Zebra blog", zebra, f"{HIDDEN}/"),
            ("Zebra without a site", zebra, ""),
        )
    )
    common = Country.objects.create(code="DE", name="Germany")
    rare = Country.objects.create(code="ZQ", name="Zebraland")
    for blog, country, count in ((own, common, SEEN), (secret, rare, SECRET), (bare, rare, BARE)):
        BlogView.objects.bulk_create(
            BlogView(blog=blog, country=country, timestamp=START, visitor=n) for n in range(count)
        )
    for host in (OWN, HIDDEN):
        store_visits([visit("/page", 1, host=host), visit(f"/{host}/page", 2, host=host)])
    take_snapshots.take_due(datetime.now(UTC))
    add_events("zebra", "zebra/zebra", "2024-03-10")
    zebra_names = dict.fromkeys(("session_id", "category", "name", "field", "reason"), "zebra")
    list(roll_up.roll_up(roll_up.pending_days(dataset=EVENTS), START, EVENTS))
    ErrorRecord.objects.create(**zebra_names, timestamp=START, recorded_at=START, payload={}, content=uuid4())
    Note.objects.create(day=START.date(), text="Zebra campaign", site=Site.objects.get(host=HIDDEN))
    Note.objects.create(day=START.date(), text="Zebra everywhere")
    list(roll_up.roll_up(roll_up.pending_days(), START))
    list(roll_up.fill(START))
    ann.is_staff = True
    ann.user_permissions.set(Permission.objects.all())
    ann.save()
    access = SiteAccess.objects.create(user=ann)
    access.sites.add(Site.objects.get(host=OWN))
    root = User.objects.create_superuser("root", password=PASSWORD)
    return {"ann": ann, "access": access, "root": root, "own": own}


def ask(client, headers: dict, name: str, body: dict | None = None):
    return client.post(f"/api/analytics/{name}/", body or {}, content_type="application/json", headers=headers)


def bearer(user) -> dict:
    return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}


def test_a_restricted_user_sees_nothing_of_another_site_at_any_url(client, world):
    ann = world["ann"]
    client.force_login(ann)
    basic = b64encode(f"ann:{PASSWORD}".encode()).decode()
    assert leaks(client, bearer(ann)) == leaks(client, {"Authorization": f"Basic {basic}"}) == []
    assert client.get("/admin/").status_code == 302
    found = {url: (status, text) for url, status, text in answers(client, bearer(ann))}
    for url in ("/events/", "/events/errors/", "/events/1/", "/report/all/", "/session/count/"):
        assert found[url][0] == 403 and "Events belong to no site" in found[url][1], url
    assert str(SEEN) in found["POST /api/analytics/blog-views/country/ {}"][1]
    assert [text.count(OWN) for url, (_, text) in found.items() if url.startswith("/api/domains")] == [1]
    for url in (f"/api/pagediffs/?domain={HIDDEN}", f"/api/v1.0/concurrents?host={HIDDEN}"):
        assert client.get(url, headers=bearer(ann)).status_code == 403


def documented_statuses(url: str) -> set[int]:
    """Return the statuses that the documentation of an operation lists."""
    sent, path = url.startswith("POST "), url.removeprefix("POST ").partition("?")[0].partition(" ")[0]
    view = getattr(resolve(path).func, "view_class", None)
    handler = getattr(view, "post" if sent else "get", None)
    return set(getattr(handler, "_swagger_auto_schema", {}).get("responses", {403, 422}))


def test_each_operation_documents_the_refusals_of_restricted_readers(client, world):
    by_hour = share(world, tree={"in": {"hour": [12]}})
    refused = [
        (url, status)
        for headers in (bearer(world["ann"]), by_hour)
        for url, status, _ in answers(client, headers)
        if status in (403, 422)
    ]
    assert {status for _, status in refused} == {403, 422}
    assert [each for each in refused if each[1] not in documented_statuses(each[0])] == []


def test_an_administrator_sees_what_the_test_looks_for(client, world):
    client.force_login(world["root"])
    seen = " ".join(leaks(client, bearer(world["root"])))
    for url in (
        *("blog-views/country", "blog-views/user", "top/blog", "top/user", "top/country", "performance", "query"),
        *("analytics/events", "/events/ ", "/events/errors/", "/report/", "/report/all/", "/session/count/"),
        *("/api/domains/", "/api/pages/", "/admin/analytics/blog/", "/admin/analytics/site/", "/api/analytics/notes/"),
    ):
        assert url in f"{seen} ", url


@pytest.mark.parametrize("scopes", [["query"], ["read"]])
def test_a_key_that_is_bound_to_a_site_sees_nothing_of_another(client, world, scopes):
    key = create_key("site", [OWN], scopes)
    create_key("other", [HIDDEN], ["collect"])
    assert leaks(client, {"X-API-Key": key}) == []
    answer = ask(client, {"X-API-Key": key}, "top/blog")
    assert answer.status_code == 401 or [line["y"] for line in answer.json()] == [SEEN]


def share(world, tree=None, **more) -> dict:
    view = share_view.NewView("v", "", tree, more.get("creator", world["ann"]).pk, more.get("expires_at"))
    token = share_view.share(view)
    found = share_view.find_by_token(token, datetime.now(UTC))
    return {"Authorization": f"Bearer {SharedViewToken.for_view(found)}"} if found else {}


def test_a_shared_view_answers_questions_about_views_under_its_filters_and_nothing_else(client, world):
    headers = share(world, creator=world["root"], tree={"in": {"site": [OWN]}})
    assert leaks(client, headers) == []
    allowed = {url.split()[1] for url, status, _ in answers(client, headers) if status == 200 and "POST" in url}
    assert allowed == {url for url in urls() if re.match("/api/analytics/(blog-views|top|performance|query)", url)}
    unfiltered = share(world, creator=world["root"])
    assert ask(client, unfiltered, "performance").json()[0]["y"] == SEEN + SECRET + BARE
    for url, body in (("query", {"dataset": "events"}), ("events", {"group_by": "name"})):
        assert ask(client, unfiltered, url, body).status_code == 403, url
    assert client.get("/events/", headers=unfiltered).status_code == 401
    by_hour = share(world, tree={"in": {"hour": [12]}})
    assert ask(client, by_hour, "performance").status_code == 422
    assert ask(client, by_hour, "query").json()["rows"] == [{"views": SEEN, "blogs": 1}]


@pytest.mark.parametrize("end", ["revoked", "expired", "deactivated", "restricted"])
def test_a_shared_view_ends_at_once(client, world, end, monkeypatch):
    headers = share(world, expires_at=datetime.now(UTC) + timedelta(hours=1))
    assert ask(client, headers, "blog-views/user").json() == [{"x": "ann", "y": 1, "z": SEEN}]
    if end == "revoked":
        (link,) = share_view.list_views(world["ann"].pk)
        assert not share_view.revoke(link.pk, world["root"].pk, datetime.now(UTC))
        assert share_view.revoke(link.pk, world["ann"].pk, datetime.now(UTC))
    elif end == "expired":
        world["ann"].shared_views.update(expires_at=START)
    elif end == "deactivated":
        User.objects.filter(pk=world["ann"].pk).update(is_active=False)
    else:
        world["access"].sites.clear()
        assert ask(client, headers, "blog-views/user").json() == []
        return
    assert ask(client, headers, "blog-views/user").status_code == 401


def test_a_site_that_is_taken_away_is_gone_with_the_next_request(client, world):
    ann, headers = world["ann"], bearer(world["ann"])
    assert (
        ask(client, headers, "blog-views/user").json()
        == ask(client, headers, "blog-views/user").json()
        == [{"x": "ann", "y": 1, "z": SEEN}]
    )
    world["access"].sites.clear()
    assert ask(client, headers, "blog-views/user").json() == [] and leaks(client, headers) == []
    assert client.get("/api/domains/", headers=headers).json()["count"] == 0
    group = Group.objects.create(name="editors")
    SiteAccess.objects.create(group=group).sites.add(Site.objects.get(host=HIDDEN))
    ann.groups.add(group)
    world["access"].sites.add(Site.objects.get(host=OWN))
    assert {line["z"] for line in ask(client, headers, "blog-views/user").json()} == {SEEN, SECRET}
    User.objects.filter(pk=ann.pk).update(is_active=False)
    assert (
        ask(client, headers, "blog-views/user").status_code
        == client.get("/api/domains/", headers=headers).status_code
        == 401
    )


def test_without_access_rows_a_setting_decides(client, world, settings):
    headers = bearer(User.objects.create_user("eve"))
    assert [line["y"] for line in ask(client, headers, "top/country").json()] == [SECRET + BARE, SEEN]
    settings.IDEEZA_ALL_SITES = False
    assert ask(client, headers, "top/country").json() == []
    assert len(ask(client, bearer(world["root"]), "top/country").json()) == 2


def test_python_callers_are_restricted_if_they_say_so(world):
    assert [line["y"] for line in AnalyticsService.get_top_analytics("blog")] == [SECRET, BARE, SEEN]
    assert [line["y"] for line in AnalyticsService.get_top_analytics("blog", sites=[OWN])] == [SEEN]
    assert AnalyticsService.get_grouped_analytics("user", sites=[]) == []
    assert AnalyticsService.query({}, sites=[HIDDEN])["rows"] == [{"views": SECRET, "blogs": 1}]
    with pytest.raises(EventsBelongToNoSite):
        AnalyticsService.query({"dataset": "events"}, sites=[OWN])


def test_visitors_of_some_sites_are_refused(client, world):
    for sites in ([OWN], []):
        world["access"].sites.set(Site.objects.filter(host__in=sites))
        answer = ask(client, bearer(world["ann"]), "query", {"metrics": ["visitors"]})
        assert (answer.status_code, answer.json()["remedy"]) == (422, "Ask for views and blogs.")


class RestrictedOracleTest(TestCase):
    @given(st.integers(0, 2**32 - 1))
    @example(1)
    @settings(max_examples=3, deadline=None, derandomize=True, database=None)
    def test_a_restricted_answer_is_that_over_the_facts_of_the_sites(self, seed: int) -> None:
        history = RandomViews(seed)
        history.change()
        hosts = history.dice.sample(["a.org", "b.org", "c.org", "unknown.org"], 2)
        user = User.objects.create_user("reader")
        SiteAccess.objects.create(user=user).sites.set(Site.objects.create(host=host) for host in hosts)
        with history.declared(), override_settings(IDEEZA_API_OPEN=False), Today(TODAY):
            history.roll_up()
            for _ in range(8):
                self.check_question(history, hosts, bearer(user), seed)
            for metric in ("viewed", "created"):
                with override_settings(IDEEZA_PERFORMANCE_X_METRIC=metric):
                    self.check_published(history, hosts, bearer(user))

    def check_question(self, history: RandomViews, hosts: list[str], headers: dict, seed: int) -> None:
        body = history.some_body() | {"metrics": ["views", "blogs"]}
        answer = ask(self.client, headers, "query", body)
        if answer.status_code == 422:
            assert not {*body["dimensions"], *fields_of(body.get("filters", {"and": []}))} <= {*OF_BLOG, "country"}
            return
        views = [view for view in history.views + history.purged if self.is_visible(history, view, hosts)]
        days = tuple(datetime.fromisoformat(body["range"][name]).date() for name in ("start_date", "end_date"))
        expected = history.oracle.rows(views, body, days)
        assert {key_of(row, body): numbers_of(row, body) for row in answer.json()["rows"]} == expected, (seed, body)

    def is_visible(self, history: RandomViews, view: SeenView, hosts: list[str]) -> bool:
        return history.oracle.value(view, "site", "UTC") in hosts

    def check_published(self, history: RandomViews, hosts: list[str], headers: dict) -> None:
        """The published answers are those to the question that names the blogs of the sites."""
        own = [blog.id for blog in history.blogs if blog.url.partition("/")[0] in hosts]
        root = bearer(User.objects.filter(is_superuser=True).first() or User.objects.create_superuser("root"))
        for name in ("blog-views/country", "blog-views/user", "top/blog", "top/user", "top/country", "performance"):
            named = ask(self.client, root, name, {"filters": {"in": {"blog": own or [1]}}})
            restricted = ask(self.client, headers, name)
            assert restricted.json() == (named.json() if own else []), (name, hosts)
