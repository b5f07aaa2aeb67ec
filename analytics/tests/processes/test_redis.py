"""Cached answers equal computed ones, whatever happens to Redis."""

import json
import pickle
import time
from contextlib import closing

import pytest
import redis
from django.contrib.auth import get_user_model
from django.test import Client

from analytics import cache
from analytics.bounded_memory import BoundedMemory
from analytics.models import Blog, Country
from analytics.tests.processes import sample_views
from analytics.tests.processes.servers import RedisServer, SilentServer
from analytics.warehouse.flow import ask
from ideeza import env

pytestmark = [pytest.mark.redis_server, pytest.mark.django_db]

URLS = ("blog-views/country", "blog-views/user", "top/blog", "top/user", "top/country", "performance")
GARBAGE = {
    "a string": lambda client, key: client.set(key, b"what is this?"),
    "bytes that are no text": lambda client, key: client.set(key, b"\x80\xff\x00"),
    "nothing": lambda client, key: client.set(key, b""),
    "a number": lambda client, key: client.set(key, b"42"),
    "a pickle": lambda client, key: client.set(key, pickle.dumps([{"x": "DE", "y": 1, "z": 1}])),
    "JSON of another kind": lambda client, key: client.set(key, b'{"x": "DE", "y": 1, "z": 1}'),
    "JSON of our kind that is not signed": lambda client, key: client.set(key, json.dumps("0" * 64 + "[]").encode()),
    "an answer cut short": lambda client, key: client.set(key, client.get(key)[:-20]),
    "the answer to another question": lambda client, key: client.set(key, _another(client, key)),
    "a list": lambda client, key: (client.delete(key), client.rpush(key, "a", "b")),
    "a hash": lambda client, key: (client.delete(key), client.hset(key, "a", "b")),
    "a set": lambda client, key: (client.delete(key), client.sadd(key, "a", "b")),
    "a stream": lambda client, key: (client.delete(key), client.xadd(key, {"a": "b"})),
}


def _another(client: redis.Redis, key: bytes) -> bytes:
    return next(client.get(other) for other in client.scan_iter() if other != key and client.type(other) == b"string")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    started = RedisServer(tmp_path_factory.mktemp("redis"))
    started.start()
    yield started
    started.stop()


@pytest.fixture
def kept_in(settings, monkeypatch):
    """Return a function that makes the Redis at a URL the cache, as one that has not failed yet."""

    def use(url: str) -> None:
        settings.CACHES = env.caches(url)
        monkeypatch.setattr(cache, "_resting_until", 0.0)

    return use


@pytest.fixture
def own(server, kept_in):
    """Use an empty Redis of our own as the cache."""
    if server._running is None:
        server.start()
    server.client.flushall()
    kept_in(server.url)
    return server


@pytest.fixture(autouse=True)
def nothing_remembered(monkeypatch):
    """Let the process remember no answer, so that each is looked for in Redis."""
    monkeypatch.setattr(ask._shared, "_memory", BoundedMemory(0))


@pytest.fixture(autouse=True)
def facts():
    sample_views.fill()
    sample_views.run()


@pytest.fixture
def counted(monkeypatch):
    """Record the questions whose answers are computed, not found in the cache."""
    worked_out, afresh = [], ask.ask_uncached
    monkeypatch.setattr(ask, "ask_uncached", lambda query, *of: (worked_out.append(query), afresh(query, *of))[1])
    return worked_out


def asked() -> list:
    return [ask.ask(question).lines for question in sample_views.QUESTIONS]


def over_http() -> list:
    """Return an answer of each endpoint. Each must have status 200."""
    client = Client()
    responses = [client.post(f"/api/analytics/{url}/", {}, content_type="application/json") for url in URLS]
    assert [response.status_code for response in responses] == [200] * len(URLS)
    return [response.json() for response in responses]


def test_an_answer_is_computed_once_and_the_cached_answer_is_the_same(own, counted):
    fresh = sample_views.answers()
    assert asked() == fresh
    assert len(counted) == len(sample_views.QUESTIONS)
    assert asked() == fresh
    assert len(counted) == len(sample_views.QUESTIONS)
    assert over_http() == over_http()


def test_without_redis_an_answer_is_computed_each_time_and_is_the_same(kept_in, counted):
    kept_in("redis://127.0.0.1:1/0")
    assert asked() == asked() == sample_views.answers()
    assert len(counted) == 2 * len(sample_views.QUESTIONS)
    assert over_http() == over_http()


def test_a_cached_answer_says_how_fresh_it_is_now(own):
    assert ask.ask(sample_views.QUESTIONS[0]).freshness.pending == 0
    sample_views.view(sample_views.MIDDLE)
    again = ask.ask(sample_views.QUESTIONS[0])
    assert (again.freshness.pending, sum(line.total for line in again.lines)) == (1, 400)


def test_a_run_makes_the_cached_answers_unused(own, counted):
    before = asked()
    sample_views.view(sample_views.MIDDLE)
    sample_views.run()
    assert asked() == sample_views.answers() != before
    assert len(counted) == 2 * len(sample_views.QUESTIONS)


@pytest.mark.parametrize(
    "change",
    [
        lambda: Blog.objects.filter(title="Blog 1").update(title="Another"),
        lambda: Blog.objects.update(author=get_user_model().objects.get(username="eve")),
        lambda: Country.objects.filter(code="DE").update(code="AT"),
        lambda: get_user_model().objects.filter(username="ada").update(username="countess"),
    ],
    ids=["a title", "an author", "a country's code", "a username"],
)
def test_a_changed_name_makes_the_cached_answers_unused(own, counted, change):
    before = asked()
    assert asked() == before and len(counted) == len(before)
    change()
    assert asked() == sample_views.answers() != before


def test_after_redis_is_flushed_answers_are_computed_again(own, counted):
    before = asked()
    own.client.flushall()
    assert asked() == before
    assert len(counted) == 2 * len(before)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_with_garbage_under_our_keys_the_answers_are_the_same(own, monkeypatch, garbage):
    lines, points = asked(), over_http()
    keys = own.client.keys()
    assert len(keys) >= len(sample_views.QUESTIONS)
    for key in keys:
        GARBAGE[garbage](own.client, key)
    assert (asked(), over_http()) == (lines, points)
    monkeypatch.setattr(cache, "_resting_until", 0.0)
    assert (asked(), over_http()) == (lines, points)


@pytest.mark.parametrize("garbage", GARBAGE)
def test_garbage_is_replaced_by_the_answer(own, counted, garbage):
    lines = asked()
    keys = own.client.keys()
    for key in keys:
        GARBAGE[garbage](own.client, key)
    assert asked() == lines
    counted.clear()
    assert asked() == lines
    assert counted == []


def test_redis_may_stop_and_start_again(own, counted, monkeypatch):
    before = asked(), over_http()
    own.stop()
    assert (asked(), over_http()) == before
    own.start()
    monkeypatch.setattr(cache, "_resting_until", 0.0)  # a few seconds later
    assert (asked(), over_http()) == before
    counted.clear()
    assert asked() == before[0]
    assert counted == []


def test_redis_may_stop_between_the_lookup_and_the_storing_of_an_answer(own, monkeypatch):
    afresh = ask.ask_uncached
    monkeypatch.setattr(ask, "ask_uncached", lambda *asked: (own.stop(), afresh(*asked))[1])
    assert asked() == sample_views.answers()


def test_a_redis_that_never_answers_is_asked_once_in_each_pause(kept_in, monkeypatch):
    monkeypatch.setattr(cache, "REST_SECONDS", 600)
    with closing(SilentServer()) as silent:
        kept_in(f"redis://127.0.0.1:{silent.port}/0")
        assert asked() == asked() == sample_views.answers()
        assert silent.connections() == 1


def test_a_failed_redis_is_tried_again_after_a_pause(own, counted, monkeypatch):
    own.stop()
    now = time.monotonic()
    monkeypatch.setattr(cache.time, "monotonic", lambda: now)
    asked()
    own.start()
    now += cache.REST_SECONDS - 0.1
    asked()
    assert own.client.dbsize() == 0
    now += 0.2
    asked()
    with closing(own.client):
        assert own.client.dbsize() == len(sample_views.QUESTIONS)
