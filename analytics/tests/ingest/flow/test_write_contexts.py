"""The contexts and visitors of deliveries, as they are stored."""

import threading
from datetime import UTC, datetime
from uuid import uuid4

import msgspec
import pytest
from django.contrib.auth.models import User
from django.db import connection

from analytics import database
from analytics.ingest.flow import erase, write
from analytics.models import Blog, BlogView, Context, DimensionValue
from analytics.sources.contexts import UNKNOWN, ContextClues, ViewContext
from analytics.sources.messages import readable_deliveries
from analytics.sources.messages.deliveries import Delivery, QueuedBlogView, packed, unpacked
from analytics.sources.messages.events import page_viewer, read, to_queued_event, viewed_page, with_page_view
from analytics.sources.messages.page_visits import PageVisit, visitor_from_name
from analytics.warehouse.store import contexts
from analytics.warehouse.store.contexts import COLUMNS

NEWS = ViewContext("news", browser="Firefox")
ANN, BOB = visitor_from_name("ann"), visitor_from_name("bob")


@pytest.fixture
def blog(db) -> int:
    author = User.objects.create(username="author")
    return Blog.objects.create(title="Hello", author=author, url="own.example/hello").pk


def store(**facts) -> None:
    write.store(Delivery(uuid4().bytes, 0, 10**15, **facts))


def page_view(session: str, **data) -> dict:
    given = {"session_id": session, "category": "page", "name": "pageview"}
    sent = read({**given, "data": {"host": "own.example", "path": "/hello?utm_source=news", **data}}, 5)
    page = viewed_page(sent)
    viewer = page_viewer(sent.data, page, ContextClues())
    event = to_queued_event(sent, 0)
    return {"events": [with_page_view(event, page, "", country="", address=b"", agent="", viewer=viewer)]}


def sources() -> list[str]:
    values = dict(DimensionValue.objects.values_list("pk", "value"))
    rows = BlogView.objects.order_by("id").values_list("context__source", flat=True)
    return [values.get(row, "") for row in rows]


def visitors() -> list[int | None]:
    return list(BlogView.objects.order_by("id").values_list("visitor", flat=True))


@pytest.mark.django_db
class TestWaysIn:
    def test_a_page_view_has_its_context_and_its_session_as_visitor(self, blog):
        store(**page_view("ann"))
        store(**page_view("ann", utm_source=7, visitor="bob", referrer="x"))
        store(views=[QueuedBlogView(1, blog=blog, visitor=ANN), QueuedBlogView(1, blog=blog, visitor=BOB)])
        assert sources() == ["news", "news", "", ""]
        assert visitors()[:2] == visitors()[2:] and len(set(visitors())) == 2

    def test_a_visit_has_its_context_and_the_visitor_of_live(self, blog):
        store(visits=[PageVisit("own.example", "/hello", "", ANN, 5, context=NEWS)])
        store(views=[QueuedBlogView(1, blog=blog, visitor=ANN)])
        assert sources() == ["news", ""] and len(set(visitors())) == 1

    def test_what_is_stored_of_a_visitor_is_not_the_number_of_live(self, blog):
        store(views=[QueuedBlogView(1, blog=blog, visitor=ANN)])
        assert visitors() != [ANN]

    @pytest.mark.parametrize("count", [1, write.MIN_COPY_VIEWS])
    def test_many_views_are_stored_like_few(self, blog, count):
        view = QueuedBlogView(1, blog=blog, context=NEWS, visitor=ANN, address=bytes([8, 8, 8, 0]))
        store(views=[view] * count + [QueuedBlogView(2, blog=blog)])
        assert sources() == ["news"] * count + [""] and visitors()[-1] is None
        assert len(set(visitors()[:-1])) == 1 and BlogView.objects.first().ip_address == "8.8.8.0"

    def test_erasing_a_person_deletes_the_views_of_the_visitor(self, blog):
        store(**page_view("ann"), views=[QueuedBlogView(1, blog=blog, visitor=BOB)])
        assert erase.erase_viewer("bob").views == 1
        assert erase.erase_session("ann").views == 1
        assert BlogView.objects.count() == 0

    def test_a_waiting_view_of_an_erased_visitor_is_dropped(self, blog):
        sent = Delivery(uuid4().bytes, 0, 5, views=[QueuedBlogView(1, blog=blog, visitor=BOB)])
        erase.write_tombstones(erase.person_of_viewer("bob"), datetime(2024, 1, 1, tzinfo=UTC))
        assert write.drop_erased([sent])[0].views == []


def test_a_delivery_of_the_version_before_is_read():
    old = msgspec.msgpack.encode([bytes(16), 0, 0, [], [[1, 2, "", "DE", "ann", b"", None, "T"]]])
    (view,) = unpacked(old).views
    assert (view.blog, view.title, view.context, view.visitor) == (2, "T", UNKNOWN, 0)


def test_the_version_before_reads_a_delivery_of_this_one():
    class Before(msgspec.Struct, array_like=True):
        at: int
        blog: int

    values = msgspec.msgpack.decode(packed(Delivery(bytes(16), 0, 0, views=[QueuedBlogView(1, 2, context=NEWS)])))
    assert msgspec.convert(values[4][0], Before).blog == 2


def test_the_readable_form_of_a_delivery_keeps_context_and_visitor():
    visit = PageVisit("own.example", "/a", "", 7, 5, context=NEWS)
    delivery = Delivery(bytes(16), 0, 0, views=[QueuedBlogView(1, 2, context=NEWS, visitor=ANN)], visits=[visit])
    text = readable_deliveries.to_json(delivery)
    assert b'"source": "news"' in text and readable_deliveries.from_json(text, bytes(16)) == delivery


def test_a_mended_context_is_cut_and_has_no_unknown_dimension():
    text = readable_deliveries.to_json(Delivery(bytes(16), 0, 0, views=[QueuedBlogView(1, 2, context=NEWS)]))
    long = readable_deliveries.from_json(text.replace(b'"news"', b'"%s"' % (b"a" * 999)), bytes(16))
    assert len(long.views[0].context.source) == 255
    with pytest.raises(readable_deliveries.Unreadable):
        readable_deliveries.from_json(text.replace(b'"source"', b'"colour"'), bytes(16))


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
class TestRememberedIds:
    @pytest.mark.parametrize("count", [1, write.MIN_COPY_VIEWS])
    def test_after_a_restore_a_view_has_the_context_that_it_names(self, blog, count):
        store(views=[QueuedBlogView(1, blog=blog, context=NEWS)])
        remembered = contexts._ids[NEWS]
        Context.objects.all().delete()
        other = DimensionValue.objects.create(dimension=1, value="other")
        Context.objects.create(pk=remembered.id, source=other.pk, content=uuid4())
        store(views=[QueuedBlogView(1, blog=blog, context=NEWS)] * count)
        assert sources()[1:] == ["news"] * count

    def test_after_a_restore_without_the_context_it_is_added_again(self, blog):
        store(views=[QueuedBlogView(1, blog=blog, context=NEWS)])
        Context.objects.all().delete()
        DimensionValue.objects.all().delete()
        store(views=[QueuedBlogView(1, blog=blog, context=NEWS)])
        assert sources()[1:] == ["news"]

    def test_concurrent_writers_of_the_same_new_contexts_neither_wait_for_each_other_nor_store_one_twice(self, blog):
        """Each sends the same contexts in another order, several times."""
        several = [
            ViewContext(f"s{n % 7}", f"m{n % 5}", f"c{n}", device=("mobile", "tablet")[n % 2]) for n in range(60)
        ]
        failed = []

        def send(step: int) -> None:
            try:
                for part in range(6):
                    chosen = [several[(n * step + part * 10) % 60] for n in range(10)]
                    store(views=[QueuedBlogView(1, blog=blog, context=each) for each in chosen])
                    contexts.clear_cache()
            except Exception as error:  # noqa: BLE001 - whatever it is, the test shows it
                failed.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=send, args=[step]) for step in (1, 7, 11, 59)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert failed == [] and BlogView.objects.count() == 240
        assert Context.objects.count() == Context.objects.values(*COLUMNS).distinct().count()
        assert database.value("SELECT count(*) - count(DISTINCT (dimension, value)) FROM analytics_dimensionvalue") == 0
