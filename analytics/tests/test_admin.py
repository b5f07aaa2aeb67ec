import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from analytics.models import Application, Blog, DailyAnalyticsSummary, Upstream


@pytest.mark.parametrize(
    "name", ["country", "blog", "blogview", "dailyanalyticssummary", "application", "site", "page", "visit", "upstream"]
)
def test_every_list_of_the_admin_opens(client, warehouse, name):
    client.force_login(User.objects.create_superuser("root"))
    response = client.get(reverse(f"admin:analytics_{name}_changelist"))
    assert response.status_code == 200


def test_a_summary_can_be_looked_at_and_not_changed(client, warehouse):
    client.force_login(User.objects.create_superuser("root"))
    url = reverse("admin:analytics_dailyanalyticssummary_change", args=[DailyAnalyticsSummary.objects.first().id])
    assert client.get(url).status_code == 200
    assert client.post(url, {"total_views": 7}).status_code == 403


def test_deleting_a_blog_says_how_many_views_go_with_it(client, warehouse):
    client.force_login(User.objects.create_superuser("root"))
    url = reverse("admin:analytics_blog_delete", args=[warehouse["one"].id])
    assert "6 views" in client.get(url).content.decode()
    assert client.post(url, {"post": "yes"}).status_code == 302
    assert not Blog.objects.filter(id=warehouse["one"].id).exists()


@pytest.mark.parametrize("url, stored", [("HTTPS://Example.com:443/%7ejo?q", "example.com/~jo"), ("no url", None)])
def test_a_blog_takes_the_one_spelling_of_its_url_or_is_refused(client, warehouse, url, stored):
    client.force_login(User.objects.create_superuser("root"))
    form = {"title": "New", "author": warehouse["ann"].id, "url": url}
    sent = {**form, "content": "", "created_at_0": "2024-03-10", "created_at_1": "12:00:00"}
    response = client.post(reverse("admin:analytics_blog_add"), sent)
    if stored is None:
        assert "Must be a host name" in response.content.decode()
    else:
        assert response.status_code == 302
        assert Blog.objects.get(title="New").url == stored


def test_a_key_shows_its_hint_only(client, db):
    client.force_login(User.objects.create_superuser("root"))
    application = Application.objects.create(name="site")
    application.keys.create(digest="d" * 64, hint="abcd")
    page = client.get(reverse("admin:analytics_application_change", args=[application.id])).content.decode()
    assert "abcd" in page
    assert "d" * 64 not in page


def test_the_key_of_an_upstream_is_written_and_never_shown(client, db):
    client.force_login(User.objects.create_superuser("root"))
    given = {"host": "Example.com", "url": "https://api.example.com/toppages/", "interval": 5, "enabled": "on"}
    client.post(reverse("admin:analytics_upstream_add"), given | {"key": "their-secret"})
    upstream = Upstream.objects.get(host="example.com")
    url = reverse("admin:analytics_upstream_change", args=[upstream.id])
    assert "their-secret" not in client.get(url).content.decode()
    assert client.post(url, given | {"key": "", "interval": 7}).status_code == 302
    upstream.refresh_from_db()
    assert (upstream.key, upstream.interval) == ("their-secret", 7)


@pytest.mark.parametrize(
    "field, value", [("interval", 2), ("url", "file:///etc/passwd"), ("url", "http://user@host/"), ("url", "//host/")]
)
def test_an_upstream_that_cannot_be_polled_is_refused(client, db, field, value):
    client.force_login(User.objects.create_superuser("root"))
    given = {"host": "example.com", "url": "https://api.example.com/", "interval": 5, "enabled": "on", field: value}
    assert client.post(reverse("admin:analytics_upstream_add"), given).status_code == 200
    assert not Upstream.objects.exists()
