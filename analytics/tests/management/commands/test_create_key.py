"""Keys are shown once and stored as hashes."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError

from analytics import clock
from analytics.models import ApiKey, Site


def test_a_key_is_shown_once_and_kept_as_a_hash(run):
    (value,) = run("create_key", "site", "--domain", "Example.org", "--domain", "example.net", "--scope", "collect")
    key = ApiKey.objects.get()
    assert (len(value), key.digest) == (40, hashlib.sha256(value.encode()).hexdigest())
    assert (key.may_collect, key.may_read) == (True, False)
    assert {domain.host for domain in key.application.domains.all()} == {"example.org", "example.net"}


def test_a_key_of_any_length_may_be_given_and_not_twice(run):
    for value in ("a" * 32, "b" * 40, "c"):
        assert run("create_key", "site", "--key", value) == [value]
    assert ApiKey.objects.filter(may_read=True, may_collect=True, application__name="site").count() == 3
    with pytest.raises(CommandError, match="This key exists already"):
        run("create_key", "other", "--key", "c")
    with pytest.raises(CommandError):
        run("create_key", "other", "--key", "")


@pytest.mark.parametrize(
    "given, end",
    [
        ("90d", datetime(2024, 6, 8, 12, tzinfo=UTC)),
        ("2027-01-31", datetime(2027, 1, 31, tzinfo=UTC)),
        ("2027-01-31T10:00:00+02:00", datetime(2027, 1, 31, 8, tzinfo=UTC)),
    ],
)
def test_a_key_may_be_given_an_end(run, monkeypatch, given, end):
    monkeypatch.setattr(clock, "now", lambda: datetime(2024, 3, 10, 12, tzinfo=UTC))
    run("create_key", "nightly", "--scope", "query", "--expires", given)
    key = ApiKey.objects.get()
    assert (key.expires_at, key.may_collect, key.may_read, key.may_query) == (end, False, False, True)


@pytest.mark.parametrize("given", ["soon", "0d", "-1d", "2001-01-01", "999999999d", "99999d9", ""])
def test_an_end_that_is_none_or_has_passed_is_refused(run, given):
    with pytest.raises(CommandError, match="--expires"):
        run("create_key", "nightly", f"--expires={given}")
    assert not ApiKey.objects.exists()


def test_a_key_without_an_end_lasts(run):
    run("create_key", "site")
    assert ApiKey.objects.get().expires_at is None


def test_a_key_for_questions_may_be_bound_to_domains(run):
    run("create_key", "site", "--domain", "example.org", "--scope", "query")
    key = ApiKey.objects.get()
    assert (key.may_query, [each.host for each in key.application.domains.all()]) == (True, ["example.org"])


def test_pages_of_a_site_that_a_key_is_created_for_become_blogs(run, db):
    ann = User.objects.create_superuser("ann")
    run("create_key", "shop", "--site", "Shop.Example:443", "--site", "other.example")
    assert dict(Site.objects.values_list("host", "owner")) == {"shop.example": ann.pk, "other.example": ann.pk}
    bob = User.objects.create_superuser("bob")
    with pytest.raises(CommandError, match="--owner"):
        run("create_key", "shop", "--site", "third.example")
    with pytest.raises(CommandError, match="no user 'eve'"):
        run("create_key", "shop", "--site", "third.example", "--owner", "eve")
    with pytest.raises(CommandError, match="--site must be a host"):
        run("create_key", "shop", "--site", "no host", "--owner", "bob")
    assert ApiKey.objects.count() == 1 and Site.objects.count() == 2
    run("create_key", "shop", "--site", "third.example", "--owner", "bob")
    assert Site.objects.get(host="third.example").owner == bob
