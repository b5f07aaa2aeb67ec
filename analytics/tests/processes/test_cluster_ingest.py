"""Views of every way in go to the cluster, and count once whatever is sent again."""

import uuid
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest
from django.core.management import call_command
from django.db import connection

from analytics import clock, database
from analytics.database import StaleIds
from analytics.datasets import VIEWS
from analytics.ingest.flow import erase, write
from analytics.models import Blog, BlogView, Summary
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView
from analytics.warehouse.flow import move_facts, roll_up
from analytics.warehouse.flow.verify import verify
from analytics.warehouse.store import facts, stale_days, unfinished_writes
from analytics.warehouse.store.facts import NewViews, cluster_facts
from tally.span import EVER, Grain, Span

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
DAY = date(2025, 6, 1)
MICROSECONDS = 1_748_779_200_000_000


@pytest.fixture
def blog(facts_cluster, django_user_model, monkeypatch) -> Blog:
    monkeypatch.setattr(clock, "now", lambda: NOW)
    monkeypatch.setattr(clock, "now_microseconds", lambda: MICROSECONDS)
    author = django_user_model.objects.create(username="ann")
    return Blog.objects.create(title="x", author=author, url="example.com/a")


def held() -> int:
    return facts.count(VIEWS, EVER)


def post(client, path, body):
    answer = client.post(path, body, content_type="application/json")
    assert answer.status_code < 300, answer.content
    return answer.json()


def test_views_of_every_way_in_are_on_the_cluster_and_counted(blog, client, tmp_path):
    view = {"blog_id": blog.pk, "country_code": "DE", "view_id": "one", "timestamp": "2025-06-01T10:00:00Z"}
    assert post(client, "/api/analytics/views/", view) == {"result": "stored"}
    assert post(client, "/api/analytics/views/", view | {"country_code": "US"}) == {"result": "duplicate"}
    several = [{"blog_id": blog.pk, "country_code": "US"}] * 3 + [view, {"blog_id": blog.pk, "view_id": "two"}] * 2
    assert post(client, "/api/analytics/views/", several)["duplicates"] == 3
    event = {"session_id": "s", "category": "page interaction", "name": "pageview", "timestamp": "2025-06-01T09:00:00Z"}
    event["data"] = {"host": "example.com", "path": "/a"}
    post(client, "/events/", event)
    assert client.post("/events/", event, content_type="application/json").status_code == 400
    post(client, "/api/visits/", {"domain": "example.com", "path": "/a", "subject": "x", "visitor": "v"})
    log = tmp_path / "access.log"
    line = '192.0.2.1 - - [01/Jun/2025:08:00:00 +0000] "GET /a HTTP/1.1" 200 1 "-" "Mozilla/5.0"\n'
    log.write_text(line * 2)
    call_command("import_views", str(log), "--host", "example.com", verbosity=0)
    assert not BlogView.objects.exists()
    assert held() == 1 + 3 + 1 + 1 + 1 + 2
    assert stale_days.stale_days(VIEWS) == [DAY] and not unfinished_writes.any_of(VIEWS, EVER)
    list(roll_up.roll_up([DAY], NOW))
    assert sum(Summary.objects.get(roll_up=0, grain=Grain.DAY.value).totals) == 9
    assert all(check.same for check in verify([DAY]))


def test_a_view_id_that_the_database_holds_is_not_written_to_the_cluster(blog, client, settings):
    view = {"blog_id": blog.pk, "view_id": "old"}
    with_cluster, settings.IDEEZA_FACTS = settings.IDEEZA_FACTS, {}
    assert post(client, "/api/analytics/views/", view) == {"result": "stored"}
    settings.IDEEZA_FACTS = with_cluster
    assert post(client, "/api/analytics/views/", view) == {"result": "duplicate"}
    assert held() == 1


def test_a_delivery_that_is_stored_again_after_a_rollback_counts_once(blog, monkeypatch):
    views = [QueuedBlogView(at=MICROSECONDS, blog=blog.pk) for _ in range(3)]
    delivery = Delivery(uuid.uuid4().bytes, 0, MICROSECONDS, views=views)
    with monkeypatch.context() as patched:
        patched.setattr(write.unfinished_writes, "end", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            write.persist([delivery], once=True)
    assert held() == 3 and unfinished_writes.any_of(VIEWS, Span.closed(DAY, DAY))
    write.persist([delivery], once=True)
    assert held() == 3 and not unfinished_writes.any_of(VIEWS, EVER)
    write.persist([delivery], once=True)
    assert held() == 3
    unfinished_writes.begin(VIEWS, [DAY])
    stale_days.clear(VIEWS, [DAY])
    assert stale_days.stale_days(VIEWS) == []
    connection.cursor().execute("UPDATE analytics_unfinishedwrite SET abandoned_at = '2020-01-01 00:00:00'")
    assert stale_days.stale_days(VIEWS) == [DAY]
    stale_days.clear(VIEWS, [DAY])
    assert stale_days.stale_days(VIEWS) == [] and not unfinished_writes.any_of(VIEWS, EVER)


@pytest.mark.parametrize("fails", [False, True])
def test_moved_views_count_once_at_any_moment(blog, settings, monkeypatch, fails):
    BlogView.objects.bulk_create(
        BlogView(blog=blog, timestamp=NOW - timedelta(hours=n), ip_address=["192.0.2.1", "2001:db8::1", None][n % 3])
        for n in range(40)
    )
    monkeypatch.setattr(move_facts, "VIEWS_PER_STEP", 16)
    if fails:
        with monkeypatch.context() as patched:
            patched.setattr(move_facts.hidden_loads, "show", lambda load: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                list(move_facts.move(DAY))
        assert (held(), BlogView.objects.count()) == (40, 40)
    older = sum(1 for n in range(40) if (NOW - timedelta(hours=n)).date() < DAY)
    assert sum(move_facts.move(DAY)) == older
    assert (held(), BlogView.objects.count()) == (40, 40 - older)
    list(roll_up.roll_up(roll_up.all_days(), NOW))
    assert all(check.same for check in verify(roll_up.all_days()))


def test_erased_views_are_gone_from_the_cluster(blog, client, django_user_model):
    django_user_model.objects.create(username="bob")
    view = {"blog_id": blog.pk, "timestamp": "2025-05-03T10:00:00Z"}
    post(client, "/api/analytics/views/", [view | {"viewer": "bob"}, view | {"viewer": "ann"}, view])
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    erase.write_tombstones(erase.person_of_viewer("bob"), NOW)
    assert erase.erase_viewer("bob").views == 1
    assert held() == 2 and stale_days.stale_days(VIEWS) == [date(2025, 5, 3)]


def test_the_views_of_a_deleted_blog_are_gone_from_the_cluster_with_it(blog, client):
    other = Blog.objects.create(title="y", author=blog.author)
    for each in (blog, other):
        post(client, "/api/analytics/views/", {"blog_id": each.pk, "timestamp": "2025-05-03T10:00:00Z"})
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    with database.rolled_back():
        blog.delete()
        assert held() == 1
    assert held() == 2 and Blog.objects.filter(url="example.com/a").exists()
    Blog.objects.get(url="example.com/a").delete()
    assert held() == 1 and stale_days.stale_days(VIEWS) == [date(2025, 5, 3)]
    facts.delete_hidden()
    assert held() == 1
    list(roll_up.roll_up(roll_up.pending_days(), NOW))
    assert all(check.same for check in verify([date(2025, 5, 3)]))


def test_no_view_is_written_to_a_blog_that_is_gone(blog):
    with pytest.raises(StaleIds):
        cluster_facts.add(one_view(blog.pk + 1))
    cluster_facts.add(one_view(blog.pk))
    assert held() == 1


def one_view(blog: int) -> NewViews:
    one = np.ones(1, np.int64)
    return NewViews(one * blog, one, one, one * MICROSECONDS, [b""], one, one, [bytes(16)])
