"""Find or create blogs by url, countries by code and people by name."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Upper

from analytics import database
from analytics.models import Blog, Country

NAMES_PER_QUERY = 500
"""The most names in one query: some builds of SQLite take only 999 parameters."""

Name = TypeVar("Name", int, str)


class NoSuchUser(Exception):
    """There is no user with this name."""


def blogs(urls: Collection[str]) -> dict[str, int]:
    """Return the ids of existing blogs by url."""
    if not urls:
        return {}
    wanted, params = database.one_of("url", urls)
    return dict(database.rows(f"SELECT url, id FROM analytics_blog WHERE url <> '' AND {wanted}", params))


def add_blogs(several: Iterable[Blog]) -> None:
    """Add blogs. A blog with the same url that another process added meanwhile stays."""
    Blog.objects.bulk_create(several, batch_size=NAMES_PER_QUERY, ignore_conflicts=True)


def lower_creation(first_views: Mapping[str, int]) -> None:
    """Let imported blogs be created at the time of their first view, in microseconds since 1970 by url, where that is
    earlier than their creation so far."""
    if first_views:
        given, params = database.table(["url", "at"], sorted(first_views.items()), ["text", "bigint"])
        at = database.moment("given.at")
        database.execute(
            f"""UPDATE analytics_blog AS blog SET created_at = {at}
                FROM {given} WHERE blog.url = given.url AND is_imported AND created_at > {at}""",
            params,
        )


def existing_blogs(ids: Collection[int]) -> set[int]:
    """Return those of the ids that belong to a blog."""
    return {pk for some in _batches(ids) for pk in Blog.objects.filter(pk__in=some).values_list("pk", flat=True)}


def urls(ids: Collection[int]) -> dict[int, str]:
    """Return the urls of existing blogs by id, empty for a blog without a url."""
    return dict(pair for some in _batches(ids) for pair in Blog.objects.filter(pk__in=some).values_list("pk", "url"))


def get_or_create_countries(names: dict[str, str]) -> dict[str, int]:
    """Return the ids of countries by ISO code, given their names by code. Missing countries are added."""
    found = _countries(names) if names else {}
    if missing := [Country(code=code, name=name) for code, name in names.items() if code not in found]:
        Country.objects.bulk_create(missing, ignore_conflicts=True)
        found = _countries(names)
    return found


def _countries(codes: Collection[str]) -> dict[str, int]:
    found = Country.objects.annotate(capitals=Upper("code")).filter(capitals__in=codes).order_by()
    return dict(found.values_list("capitals", "pk")) if codes else {}


def people(names: Collection[str]) -> dict[str, int]:
    """Return the ids of existing users by name."""
    users = get_user_model().objects
    return {
        name: pk
        for some in _batches(names)
        for name, pk in users.filter(username__in=some).values_list("username", "pk")
    }


def author(name: str) -> int:
    """Return the id of this user. Raise NoSuchUser if there is none."""
    found = people([name])
    if not found:
        raise NoSuchUser(f"There is no user {name!r}.")
    return found[name]


def get_or_create_people(names: Collection[str]) -> dict[str, int]:
    """Return the ids of users by name. Missing users are added without a password, so they cannot log in."""
    model, found = get_user_model(), people(names)
    missing = [model(username=name, password=make_password(None)) for name in names if name not in found]
    model.objects.bulk_create(missing, batch_size=NAMES_PER_QUERY, ignore_conflicts=True)
    return people(names)


def _batches(names: Collection[Name]) -> Iterator[list[Name]]:
    ordered = sorted(names)
    return (ordered[at : at + NAMES_PER_QUERY] for at in range(0, len(ordered), NAMES_PER_QUERY))
