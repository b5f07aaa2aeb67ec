"""Keys are shown once and stored as hashes."""

import hashlib

import pytest
from django.core.management import CommandError

from analytics.models import ApiKey


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
