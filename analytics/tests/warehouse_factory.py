"""The small warehouse for most tests of the API."""

from datetime import UTC, date, datetime
from typing import Any

from django.contrib.auth.models import User

from analytics.models import Blog, BlogView, Country
from analytics.warehouse.flow import roll_up

TODAY = date(2024, 3, 10)


def at(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)


def create_warehouse() -> dict[str, Any]:
    """Create three blogs of two authors, two of them with the same title, and views of them from Germany, the United
    States and no known country. Roll all of it up."""
    ann, bob = (User.objects.create(username=name) for name in ("ann", "bob"))
    de, us = (Country.objects.create(code=code, name=code) for code in ("DE", "US"))
    one = Blog.objects.create(title="Cats", author=ann, created_at=at("2024-01-05"))
    two = Blog.objects.create(title="Cats", author=ann, created_at=at("2024-03-01"))
    three = Blog.objects.create(title="Dogs", author=bob, created_at=at("2024-03-09"))
    seen = [
        *[(one, de, "2024-01-31T23:59:59.999999")] * 3,
        *[(one, us, "2024-02-01")] * 2,
        (one, None, "2024-02-29T12:00"),
        (two, de, "2024-03-04"),
        (three, None, "2024-03-10"),
        (three, None, "2024-03-03T23:00"),
    ]
    BlogView.objects.bulk_create(
        BlogView(blog=blog, country=country, timestamp=at(when)) for blog, country, when in seen
    )
    list(roll_up.roll_up(roll_up.pending_days(), at("2024-03-10T12:00")))
    return {"one": one, "two": two, "three": three, "ann": ann, "bob": bob, "de": de, "us": us}
