"""Fill the database that Django is configured for."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from analytics.models import Blog, Country
from analytics.warehouse.store import bulk_blog_views
from bench import data

LOGIN, PASSWORD = "bench", "for the benchmark only"


def measure(*, facts: int) -> dict:
    _names()
    _views(facts)
    call_command("precalculate_stats")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {}


def _names() -> None:
    nobody = make_password(None)
    authors = [User(id=n, username=data.username(n), password=nobody) for n in range(1, data.AUTHORS + 1)]
    User.objects.bulk_create(authors)
    User.objects.create_user(LOGIN, password=PASSWORD, id=data.AUTHORS + 1)
    Country.objects.bulk_create(
        Country(id=n, code=data.code(n), name=f"Country {n}") for n in range(1, data.COUNTRIES + 1)
    )
    now = timezone.now()
    Blog.objects.bulk_create(
        Blog(id=blog, title=data.title(blog), author=authors[author - 1], created_at=now)
        for blog, author in enumerate(data.authors().tolist(), 1)
    )


def _views(count: int) -> None:
    """Add views without viewer and address, so that the raw rows are as narrow as possible."""
    facts = data.facts(count)
    nobody = facts.blogs * 0
    bulk_blog_views.add(bulk_blog_views.BlogViewColumns(facts.blogs, facts.countries, nobody, facts.times))
