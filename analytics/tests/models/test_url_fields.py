"""Hosts and URLs of pages are saved in their one spelling, and found in every one."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction

from analytics.models import Application, Blog, Domain, Site, Upstream
from analytics.tests.visit_factory import START

pytestmark = pytest.mark.django_db

SPELLED, STORED = "HTTPS://Example.COM:443/%7ejo/п?q", "example.com/~jo/%D0%BF"


@pytest.fixture
def author():
    return User.objects.create(username="ann")


def test_a_blog_is_saved_with_its_url_in_one_spelling_whatever_saves_it(author):
    blog = Blog.objects.create(title="A", author=author, url=SPELLED)
    assert blog.url == Blog.objects.get().url == STORED
    (other,) = Blog.objects.bulk_create([Blog(title="B", author=author, url="//Example.com/b")])
    assert Blog.objects.get(pk=other.pk).url == "example.com/b"
    Blog.objects.filter(pk=other.pk).update(url="https://example.com./c")
    assert Blog.objects.get(pk=other.pk).url == "example.com/c"


def test_a_blog_is_found_by_every_spelling_of_its_url(author):
    blog, _ = Blog.objects.get_or_create(url=SPELLED, defaults={"title": "A", "author": author})
    assert Blog.objects.get_or_create(url=STORED, defaults={"title": "B", "author": author}) == (blog, False)
    assert not Blog.objects.filter(url="no url at all").exists()


def test_blogs_may_lack_a_url(author):
    Blog.objects.bulk_create([Blog(title="A", author=author), Blog(title="B", author=author, url="")])
    assert Blog.objects.filter(url="").count() == 2


@pytest.mark.parametrize("url", ["no url", "ftp://example.com/", "http://[/", "example.com/" + "é" * 120, "a.b/\0"])
def test_a_url_without_a_spelling_is_not_saved(author, url):
    with pytest.raises(ValidationError), transaction.atomic():
        Blog.objects.create(title="A", author=author, url=url)
    with pytest.raises(ValidationError), transaction.atomic():
        Blog.objects.update(url=url)
    with pytest.raises(ValidationError) as refused:
        Blog(title="A", author=author, url=url).full_clean()
    assert list(refused.value.message_dict) == ["url"]


def test_hosts_are_saved_in_one_spelling():
    application = Application.objects.create(name="shop")
    domain = Domain.objects.create(application=application, host="Bücher.Example.:80")
    site = Site.objects.create(host="EXAMPLE.com", created_at=START)
    upstream = Upstream.objects.create(host="Example.com.", url="https://api.example.com/")
    assert (domain.host, site.host, upstream.host) == ("xn--bcher-kva.example", "example.com", "example.com")
    assert Site.objects.get(host="example.COM:443") == site
