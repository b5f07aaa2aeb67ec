"""Fill the database that Django is configured for."""

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from analytics.models import Blog, Country
from analytics.warehouse.store import bulk_blog_views
from bench import contexts, data

BLOGS_AT_ONCE = 10_000
LOGIN, PASSWORD = "bench", "for the benchmark only"


def measure(*, facts: int, with_contexts: bool = False) -> dict:
    create_names()
    bulk_blog_views.add(contexts.columns(facts, contexts.create()) if with_contexts else _bare(facts))
    call_command("precalculate_stats")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return {}


def create_names(blogs: int = data.BLOGS) -> None:
    """Create the authors, one user who can sign in, the countries, and so many blogs."""
    unusable = make_password(None)
    authors = [User(id=n, username=data.username(n), password=unusable) for n in range(1, data.AUTHORS + 1)]
    User.objects.bulk_create(authors)
    User.objects.create_user(LOGIN, password=PASSWORD, id=data.AUTHORS + 1)
    Country.objects.bulk_create(
        Country(id=n, code=data.code(n), name=f"Country {n}") for n in range(1, data.COUNTRIES + 1)
    )
    now = timezone.now()
    found = data.authors(blogs)
    for start in range(0, blogs, BLOGS_AT_ONCE):
        Blog.objects.bulk_create(
            Blog(id=blog, title=data.title(blog), author_id=author, created_at=now)
            for blog, author in enumerate(found[start : start + BLOGS_AT_ONCE].tolist(), start + 1)
        )


def _bare(count: int) -> bulk_blog_views.BlogViewColumns:
    """Return views without viewer, address and context, so that the raw rows are as narrow as possible."""
    facts = data.facts(count)
    return bulk_blog_views.BlogViewColumns(facts.blogs, facts.countries, facts.blogs * 0, facts.times)
