"""`/metrics` shows figures and the state of the service to Prometheus."""

from datetime import timedelta

import pytest
from django.db import OperationalError
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from analytics import cache, conf
from analytics.datasets import VIEWS
from analytics.health import metrics
from analytics.ingest.store import inbox
from analytics.models import DeadLetter
from analytics.tests.metrics.conftest import folder  # noqa: F401 - the fixture
from analytics.warehouse.store import generations, stale_days

BEARER = {"Authorization": "Bearer s3cret"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def scraped(client, folder):  # noqa: F811 - the fixture
    def get():
        response = client.get("/metrics", headers=BEARER)
        assert response.status_code == 200, response.content
        families = text_string_to_metric_families(response.content.decode())
        return {(each.name, *each.labels.values()): each.value for family in families for each in family.samples}

    return get


@pytest.mark.parametrize("url", ["/metrics", "/metrics/"])
def test_without_a_token_in_the_settings_there_is_no_such_page(client, url):
    assert client.get(url).status_code == 404
    assert client.get(url, headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("given", ["", "s3cret", "Bearer", "Bearer s3cre", "Bearer s3cret s3cret", "Basic s3cret", "é"])
def test_another_token_is_refused(client, folder, given):  # noqa: F811 - the fixture
    response = client.get("/metrics", headers={"Authorization": given})
    assert (response.status_code, response["WWW-Authenticate"]) == (401, "Bearer")
    assert "s3cret" not in response.content.decode()


def test_the_scheme_of_the_token_is_in_either_case(client, folder):  # noqa: F811 - the fixture
    assert client.get("/metrics", headers={"Authorization": "bearer s3cret"}).status_code == 200


def test_the_page_is_in_the_format_that_is_asked_for(client, folder):  # noqa: F811 - the fixture
    assert client.get("/metrics", headers=BEARER)["Content-Type"].startswith("text/plain; version=")
    accept = {"Accept": "application/openmetrics-text; version=1.0.0"}
    response = client.get("/metrics", headers=BEARER | accept)
    assert response["Content-Type"].startswith("application/openmetrics-text")
    assert response.content.endswith(b"# EOF\n")
    assert client.post("/metrics", headers=BEARER).status_code == 405


def test_the_state_of_summaries_and_letters_is_shown(scraped, warehouse):
    generations.mark_fresh(VIEWS, timezone.now() - timedelta(hours=1))
    stale_days.add(VIEWS, [timezone.now().date()])
    DeadLetter.objects.create(entry="1-0", payload=b"", reason="none", set_aside_at=timezone.now())
    shown = scraped()
    assert shown["ideeza_database_up",] == 1
    assert 3600 <= shown["ideeza_summaries_age_seconds", "views"] < 3700
    assert shown["ideeza_stale_days", "views"] >= 1
    assert shown["ideeza_stale_days", "events"] == 0
    assert shown["ideeza_oldest_stale_day_seconds", "events"] == 0
    assert shown["ideeza_dead_letters",] == 1
    assert shown["ideeza_missing_triggers",] == 0


def test_the_age_of_summaries_that_were_never_rolled_up_is_left_out(scraped):
    assert ("ideeza_summaries_age_seconds", "views") not in scraped()


def test_requests_are_counted(scraped, client):
    for _ in range(3):
        client.post("/api/analytics/performance/", {}, content_type="application/json")
    client.post("/api/analytics/top/nothing/", {}, content_type="application/json")
    shown = scraped()
    assert shown["ideeza_requests_total", "query", "200"] == 3
    assert shown["ideeza_requests_total", "query", "400"] == 1
    assert shown["ideeza_request_duration_seconds_count", "query"] == 4


def test_without_the_database_the_page_shows_what_it_can(scraped, client, monkeypatch):
    client.post("/api/analytics/performance/", {}, content_type="application/json")

    def fail(*about):
        raise OperationalError("gone")

    monkeypatch.setattr(metrics.generations, "freshness", fail)
    shown = scraped()
    assert shown["ideeza_database_up",] == 0
    assert ("ideeza_dead_letters",) not in shown
    assert shown["ideeza_requests_total", "query", "200"] == 1


@pytest.mark.redis
def test_the_size_of_the_inbox_is_shown(scraped, settings):
    settings.IDEEZA_INBOX = True
    inbox.client().delete(inbox.key(), f"{inbox.key()}:bytes")
    inbox.put(b"12345", conf.inbox())
    shown = scraped()
    inbox.client().delete(inbox.key(), f"{inbox.key()}:bytes")
    assert (shown["ideeza_redis_up",], shown["ideeza_inbox_length",], shown["ideeza_inbox_bytes",]) == (1, 1, 5)


@pytest.mark.redis
def test_without_redis_the_page_says_so(scraped, monkeypatch, settings):
    settings.IDEEZA_INBOX = True
    monkeypatch.setattr(cache, "redis", lambda: None)
    shown = scraped()
    assert shown["ideeza_redis_up",] == 0
    assert ("ideeza_inbox_length",) not in shown
