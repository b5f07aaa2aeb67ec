"""The context and the visitor of views that visits and page views to The Eye bring, over HTTP."""

import json

import pytest

from analytics.models import BlogView, ErrorRecord, EventSchema
from analytics.sources.contexts import ViewContext
from analytics.tests.ingest.api.test_blog_views_context import FIREFOX, IPHONE, TOOL, stored, visitors

pytestmark = pytest.mark.django_db
READER = {"device": "desktop", "browser": "Firefox", "os": "Windows"}


@pytest.fixture
def send(client, blog):
    def send(url, what, agent=FIREFOX, **headers):
        body = json.dumps(what)
        sent = {"User-Agent": agent, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return client.post(url, body, content_type="text/plain", headers=sent, REMOTE_ADDR="8.8.8.8")

    return send


def event(**data) -> dict:
    page = {"host": "own.example", "path": "/hello"}
    return {"session_id": "s", "category": "page", "name": "pageview", "data": page | data}


def test_what_the_tracker_sends_is_the_context_of_the_view(send):
    sent = {"domain": "own.example", "path": "/hello", "subject": "", "beat": False, "language": "de-AT"}
    campaign = {"utm_source": "news", "utm_medium": "", "utm_campaign": "May"}
    assert send("/api/collect", {**sent, "referrer": "https://t.co/x", **campaign}).status_code == 202
    send("/api/collect", {**sent, "referrer": "https://own.example/", "beat": True})
    assert stored() == [ViewContext("news", "", "May", "t.co", **READER, language="de")]


def test_a_referrer_that_is_no_url_does_not_lose_a_visit(send):
    sent = {"domain": "own.example", "path": "/hello?utm_source=a", "subject": "Hello", "referrer": "nonsense"}
    assert send("/api/visits/", sent).status_code == 201
    assert stored() == [ViewContext("a", **READER)]


def test_a_person_is_one_visitor_by_the_tracker_and_by_views(send):
    send("/api/collect", {"domain": "own.example", "path": "/hello"})
    send("/api/analytics/views/", {"url": "own.example/hello"}, Origin="https://own.example")
    assert len(visitors()) == 2 and len(set(visitors())) == 1 and visitors()[0] is not None


def test_a_page_view_of_a_page_has_the_headers_of_its_reader(send):
    send("/events/", event(referrer="https://t.co/"), agent=IPHONE, Origin="https://own.example", Accept_Language="fr")
    assert stored() == [ViewContext("X", "social", "", "t.co", "mobile", "Safari", "iOS", "fr")]


def test_a_page_view_of_a_server_says_of_its_reader_what_its_data_say(send):
    send("/eye", event(user_agent=IPHONE, language="fr"), agent=TOOL, Accept_Language="de")
    send("/eye", event(user_agent=[], language=5, utm_source={}, visitor=None, referrer="x" * 9999), agent=TOOL)
    assert stored() == [ViewContext(device="mobile", browser="Safari", os="iOS", language="fr"), ViewContext()]
    assert len(set(visitors())) == 1


def test_a_replayed_page_view_keeps_its_context(send):
    from django.core.management import call_command

    rule = EventSchema.objects.create(category="page", name="pageview", schema={"required": ["price"]})
    send("/events/", event(utm_source="news", visitor="ann"))
    assert ErrorRecord.objects.count() == 1 and BlogView.objects.count() == 0
    rule.delete()
    call_command("replay_errors")
    assert stored() == [ViewContext("news")] and visitors() != [None]
