"""A page view that a page sends is no view and no visit of someone who refuses tracking."""

import pytest
from django.test import Client

from analytics.models import Blog, BlogView, Event, Visit

pytestmark = pytest.mark.django_db
PAGE_VIEW = {
    "session_id": "s",
    "category": "page interaction",
    "name": "pageview",
    "data": {"host": "example.com", "path": "/a"},
}


@pytest.fixture(autouse=True)
def blog(settings, django_user_model):
    settings.IDEEZA_API_OPEN = True
    author = django_user_model.objects.create(username="ada")
    return Blog.objects.create(title="A", author=author, url="example.com/a")


def views_after(headers: dict[str, str]) -> tuple[int, int, int]:
    agent = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
    assert Client().post("/events/", PAGE_VIEW, "application/json", headers=agent | headers).status_code == 201
    return Event.objects.count(), BlogView.objects.count(), Visit.objects.count()


@pytest.mark.parametrize("signal", ["DNT", "Sec-GPC"])
def test_from_a_page_both_signals_are_honoured(signal):
    assert views_after({"Origin": "https://example.com", signal: "1"}) == (1, 0, 0)


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "https://example.com"}, {"Origin": "https://example.com", "DNT": "0"}, {"DNT": "1"}],
    ids=["no signal", "allowed", "sent by a server"],
)
def test_otherwise_it_is_a_view_and_a_visit(headers):
    assert views_after(headers) == (1, 1, 1)
