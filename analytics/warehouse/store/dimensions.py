"""Blogs by url, countries by code, people by name: found, or made."""

from collections.abc import Collection, Iterable, Iterator

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.db.models.functions import Upper

from analytics import database
from analytics.models import Blog, Country

NAMES_PER_QUERY = 500
"""Names looked for in one query: SQLite may take no more than 999 parameters."""


class NoSuchUser(Exception):
    """There is no user of this name."""


def blogs(urls: Collection[str]) -> dict[str, int]:
    """The ids of the blogs that exist, by url."""
    if not urls:
        return {}
    wanted, params = database.one_of("url", urls)
    return dict(database.rows(f"SELECT url, id FROM analytics_blog WHERE url <> '' AND {wanted}", params))


def add_blogs(several: Iterable[Blog]) -> None:
    """Adds blogs; where one with the same url has come into being meanwhile, that one stays."""
    Blog.objects.bulk_create(several, batch_size=NAMES_PER_QUERY, ignore_conflicts=True)


def existing_blogs(ids: Collection[int]) -> set[int]:
    """Those of the ids that are a blog's."""
    return {pk for some in _batches(ids) for pk in Blog.objects.filter(pk__in=some).values_list("pk", flat=True)}


def urls(ids: Collection[int]) -> dict[int, str]:
    """The urls of those of the ids that are a blog's, empty where it has none."""
    return dict(pair for some in _batches(ids) for pair in Blog.objects.filter(pk__in=some).values_list("pk", "url"))


def get_or_create_countries(names: dict[str, str]) -> dict[str, int]:
    """The ids of countries by ISO code, given their names by code; those that are missing are added."""
    found = _countries(names) if names else {}
    if missing := [Country(code=code, name=name) for code, name in names.items() if code not in found]:
        Country.objects.bulk_create(missing, ignore_conflicts=True)
        found = _countries(names)
    return found


def _countries(codes: Collection[str]) -> dict[str, int]:
    found = Country.objects.annotate(capitals=Upper("code")).filter(capitals__in=codes).order_by()
    return dict(found.values_list("capitals", "pk")) if codes else {}


def people(names: Collection[str]) -> dict[str, int]:
    """The ids of the users that exist, by name."""
    users = get_user_model().objects
    return {
        name: pk
        for some in _batches(names)
        for name, pk in users.filter(username__in=some).values_list("username", "pk")
    }


def author(name: str) -> int:
    """The id of this user; NoSuchUser."""
    found = people([name])
    if not found:
        raise NoSuchUser(f"There is no user {name!r}.")
    return found[name]


def get_or_create_people(names: Collection[str]) -> dict[str, int]:
    """The ids of users by name; those that are missing are added, without a password, so nobody can log in as them."""
    model, found = get_user_model(), people(names)
    missing = [model(username=name, password=make_password(None)) for name in names if name not in found]
    model.objects.bulk_create(missing, batch_size=NAMES_PER_QUERY, ignore_conflicts=True)
    return people(names)


def _batches(names: Collection) -> Iterator[list]:
    ordered = sorted(names)
    return (ordered[at : at + NAMES_PER_QUERY] for at in range(0, len(ordered), NAMES_PER_QUERY))
