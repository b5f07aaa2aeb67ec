"""A key that is bound to hosts writes for these only, however a host is spelled and however data arrive."""

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from analytics.access.flow.create_key import create_key
from analytics.models import Application, Blog, BlogView, Domain, ErrorRecord, Event, EventSchema, Page, Visit

pytestmark = pytest.mark.django_db
OWN, FOREIGN = "own.example", "foreign.example"
BOT = "Googlebot/2.1 (+http://www.google.com/bot.html)"
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
BREAKING = {"session_id": "s", "category": "page interaction", "name": "pageview"}


@pytest.fixture
def key():
    create_key("other", [FOREIGN], ("collect", "read"))
    return create_key("site", [OWN], ("collect", "read"))


@pytest.fixture
def blogs(django_user_model):
    author = django_user_model.objects.create(username="ada")
    return [Blog.objects.create(title=host, author=author, url=f"{host}/a") for host in (OWN, FOREIGN)]


def post(path: str, sent: object, key: str, agent: str = BROWSER):
    headers = {"X-API-Key": key, "User-Agent": agent}
    return Client().post(path, sent, "application/json", headers=headers)


def visit(domain: str, path: str = "/a") -> dict[str, str]:
    return {"domain": domain, "path": path, "subject": "Page"}


def page_view(host: str, **more: object) -> dict[str, object]:
    return {**BREAKING, "data": {"host": host, "path": "/a", **more}}


@pytest.mark.parametrize("path", ["/api/visits/", "/api/collect"])
@pytest.mark.parametrize(
    "sent",
    [
        visit(FOREIGN),
        visit(f"{FOREIGN}:443"),
        visit(f"{FOREIGN.upper()}."),
        visit(OWN, f"https://{FOREIGN}/a"),
        visit(OWN, f"http://{FOREIGN.upper()}.:80/a"),
    ],
)
def test_a_visit_of_a_foreign_host_is_refused_and_counts_for_nothing(key, blogs, path, sent):
    assert post(path, sent, key).status_code == 403
    assert not Visit.objects.exists() and not BlogView.objects.exists() and not Page.objects.exists()


@pytest.mark.parametrize("domain", [OWN, f"{OWN.upper()}.", f"{OWN}:443"])
def test_a_visit_of_its_own_host_counts_for_one_site_in_any_spelling(key, blogs, domain):
    assert post("/api/visits/", visit(domain), key).status_code == 201
    assert post("/api/visits/", visit(domain, f"https://{OWN}/a"), key).status_code == 201
    assert set(Page.objects.values_list("site__host", flat=True)) == {OWN}
    assert BlogView.objects.filter(blog=blogs[0]).count() == 2


@pytest.mark.parametrize("host", [FOREIGN, f"{FOREIGN}:443", f"{FOREIGN}."])
def test_a_page_view_or_a_view_by_url_of_a_foreign_host_is_refused(key, blogs, host):
    assert post("/events/", page_view(host), key).status_code == 400
    assert post("/events/", page_view(OWN, path=f"HTTPS://{host}/a"), key).status_code == 400
    assert post("/api/analytics/views/", {"url": f"https://{host}/a"}, key).status_code == 400
    assert not BlogView.objects.exists() and not Visit.objects.exists()


@pytest.mark.parametrize("host", [OWN, f"{OWN}:443", f"{OWN}."])
def test_a_page_view_of_its_own_host_counts_in_any_spelling(key, blogs, host):
    assert post("/events/", page_view(host), key).status_code == 201
    assert post("/api/analytics/views/", {"url": f"https://{host}/a"}, key).status_code == 201
    assert BlogView.objects.filter(blog=blogs[0]).count() == 2


def test_a_replayed_page_view_counts_for_the_hosts_of_its_application_only(key, blogs):
    rule = EventSchema.objects.create(
        category=BREAKING["category"], name=BREAKING["name"], schema={"required": ["title"]}
    )
    for host in (OWN, FOREIGN, f"{FOREIGN}:443"):
        assert post("/events/", page_view(host), key).status_code == 400
    rule.delete()
    call_command("replay_errors")
    assert [event.data["host"] for event in Event.objects.all()] == [OWN]
    assert list(BlogView.objects.values_list("blog", flat=True)) == [blogs[0].pk]
    assert ErrorRecord.objects.count() == 2


def test_a_replayed_page_view_by_a_bot_is_an_event_and_no_view(key, blogs):
    rule = EventSchema.objects.create(
        category=BREAKING["category"], name=BREAKING["name"], schema={"required": ["title"]}
    )
    for agent in (BOT, BROWSER):
        assert post("/events/", page_view(OWN, agent=agent), key, agent).status_code == 400
    rule.delete()
    call_command("replay_errors")
    assert Event.objects.count() == 2
    assert BlogView.objects.count() == Visit.objects.count() == 1


def test_a_host_is_bound_in_its_normal_spelling():
    create_key("site", ["Bücher.Example.:443"], ("collect",))
    assert list(Domain.objects.values_list("host", flat=True)) == ["xn--bcher-kva.example"]
    domain = Domain(application=Application.objects.get(), host="Own.EXAMPLE:80")
    domain.full_clean()
    assert domain.host == OWN
    with pytest.raises(ValidationError, match="host name"):
        Domain(application=domain.application, host="[").full_clean()
