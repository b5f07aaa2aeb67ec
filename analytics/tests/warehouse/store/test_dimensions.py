"""Blogs, countries and people are found by name, and created once."""

import pytest
from django.contrib.auth import get_user_model

from analytics.models import Blog, Country
from analytics.warehouse.store import dimensions
from analytics.warehouse.store.dimensions import NoSuchUser

pytestmark = pytest.mark.django_db


def test_people_are_created_once_and_cannot_log_in():
    first = dimensions.get_or_create_people(["ada", "bob"])
    assert dimensions.get_or_create_people(["bob", "ada"]) == first == dimensions.people(["ada", "bob", "eve"])
    assert not get_user_model().objects.get(username="ada").has_usable_password()


def test_an_author_must_exist():
    with pytest.raises(NoSuchUser, match="'ada'"):
        dimensions.author("ada")
    made = dimensions.get_or_create_people(["ada"])
    assert dimensions.author("ada") == made["ada"]


def test_more_blogs_than_a_query_can_name_are_found():
    author = dimensions.get_or_create_people(["ada"])["ada"]
    urls = [f"a.example/{number}" for number in range(1_100)]
    dimensions.add_blogs(Blog(title=url, url=url, author_id=author) for url in urls)
    found = dimensions.blogs(urls)
    assert sorted(found) == sorted(urls)
    assert dimensions.existing_blogs([*found.values(), 2**62]) == set(found.values())


def test_a_blog_that_was_created_in_between_stays():
    author = dimensions.get_or_create_people(["ada"])["ada"]
    Blog.objects.create(title="Mine", url="a.example/", author_id=author)
    dimensions.add_blogs([Blog(title="Theirs", url="a.example/", author_id=author)])
    assert Blog.objects.get().title == "Mine"


def test_a_country_that_exists_keeps_its_name():
    Country.objects.create(code="DE", name="Deutschland")
    found = dimensions.get_or_create_countries({"DE": "Germany", "FR": "France"})
    assert {country.code: country.name for country in Country.objects.all()} == {"DE": "Deutschland", "FR": "France"}
    assert found == dict(Country.objects.values_list("code", "id"))


def test_no_names_give_no_rows():
    assert (
        dimensions.blogs([])
        == dimensions.get_or_create_countries({})
        == dimensions.people([])
        == dimensions.get_or_create_people([])
        == {}
    )
    assert dimensions.existing_blogs([]) == set()
