"""Installations that share a Redis do not take each other's data."""

import pytest
from django.core.cache import cache as django_cache

from analytics import cache
from analytics.database import recent
from analytics.ingest.flow.drain import Drain
from analytics.ingest.store import inbox
from analytics.models import Installation
from analytics.tests.processes.load_generator import stored_numbers

pytestmark = [pytest.mark.redis_server, pytest.mark.django_db]


@pytest.fixture
def become(inbox_redis):
    """Make this process work for the installation of this name."""
    Installation.objects.get_or_create(id=1)

    def change(name: str) -> None:
        Installation.objects.update(name=name)
        cache.forget_installation()

    yield change
    cache.forget_installation()


def test_an_installation_drains_its_own_inbox_only(send, become):
    become("one")
    send(1)
    become("two")
    send(2)
    assert inbox.length() == 1
    Drain("worker").step(0)
    assert stored_numbers() == [2]
    become("one")
    Drain("worker").step(0)
    assert stored_numbers() == [2, 1]


def test_a_copied_database_with_a_prefix_of_its_own_has_an_inbox_of_its_own(send, become, settings):
    become("one")
    send(1)
    settings.IDEEZA_REDIS_PREFIX = "copy:"
    assert inbox.length() == 0
    send(2)
    Drain("worker").step(0)
    assert stored_numbers() == [2]


def test_every_name_in_redis_holds_the_prefix_and_the_installation(send, client, become, inbox_redis, settings):
    become("one")
    settings.IDEEZA_REDIS_PREFIX = "test:"
    django_cache.clear()
    send(1)
    client.post("/api/analytics/top/blog/", {}, content_type="application/json")
    client.get("/readyz")
    names = {key.decode() for key in inbox_redis.keys("*")}
    assert len(names) >= 3
    assert {name for name in names if "test:ideeza:one:" not in name} == set()


def warnings(client) -> list[str]:
    answer = client.get("/readyz")
    assert answer.status_code == 200
    return answer.json()["inbox_warnings"]


@pytest.fixture
def configure(inbox_redis):
    """Change settings of Redis for one test."""
    before = {name: inbox_redis.config_get(name)[name] for name in ("maxmemory", "maxmemory-policy", "save")}

    def change(**settings: str) -> None:
        for name, value in settings.items():
            inbox_redis.config_set(name.replace("_", "-"), value)

    yield change
    for name, value in before.items():
        inbox_redis.config_set(name, value)


def test_readyz_warns_of_a_redis_that_may_evict(client, configure):
    configure(save="60 1", maxmemory_policy="allkeys-lru")
    assert warnings(client) == []
    configure(maxmemory="100mb")
    assert warnings(client) == ["Redis evicts when its memory is full (maxmemory-policy allkeys-lru)."]
    configure(maxmemory_policy="noeviction")
    assert warnings(client) == []


def test_readyz_warns_of_a_redis_that_does_not_persist(client, configure):
    configure(save="")
    assert warnings(client) == ["Redis does not persist: it has no append-only file and no save points."]
    configure(save="60 1")
    assert warnings(client) == []


def test_readyz_says_unknown_where_config_is_forbidden(client, configure, inbox_redis, settings):
    configure(save="")
    user = {"enabled": True, "nopass": True, "keys": ["*"], "categories": ["+@all"], "commands": ["-config"]}
    inbox_redis.acl_setuser("managed", **user)
    url = settings.CACHES["default"]["LOCATION"].replace("redis://", "redis://managed:any@")
    settings.CACHES = {"default": {**settings.CACHES["default"], "LOCATION": url}}
    assert warnings(client) == ["It is unknown whether Redis persists: it has no append-only file."]
    inbox_redis.acl_deluser("managed")


def test_without_an_inbox_there_is_nothing_to_warn_of(client, settings, configure):
    configure(save="")
    settings.IDEEZA_INBOX = False
    assert warnings(client) == []


def test_a_restored_database_of_another_installation_is_noticed(become, monkeypatch):
    become("one")
    assert ":one:" in cache.key("answer")
    monkeypatch.setattr(recent, "RECENT_SECONDS", 0.0)
    Installation.objects.update(name="two")
    assert ":two:" in cache.key("answer")
