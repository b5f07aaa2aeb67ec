"""A token is remembered, and is refused as soon as it has expired."""

from datetime import timedelta

import pytest
from django.test import RequestFactory
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.backends import TokenBackend
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken
from rest_framework_simplejwt.utils import aware_utcnow

from analytics.access.api import user_tokens
from analytics.access.api.user_tokens import UserTokens


def authenticate(token):
    return UserTokens().authenticate(RequestFactory().post("/", headers={"Authorization": f"Bearer {token}"}))


@pytest.fixture
def token(reader):
    return AccessToken.for_user(reader)


def test_the_signature_of_a_token_is_checked_once(token, reader, monkeypatch):
    text = str(token)
    assert authenticate(text)[0].pk == str(reader.pk)
    monkeypatch.setattr(TokenBackend, "decode", lambda *_, **__: pytest.fail("checked again"))
    assert authenticate(text)[0].pk == str(reader.pk)


def test_a_remembered_token_is_refused_once_it_has_expired(token, monkeypatch):
    text = str(token)
    authenticate(text)
    later = aware_utcnow() + token.lifetime + timedelta(seconds=1)
    monkeypatch.setattr(user_tokens, "aware_utcnow", lambda: later)
    monkeypatch.setattr(tokens, "aware_utcnow", lambda: later)
    with pytest.raises(InvalidToken):
        authenticate(text)


def test_a_token_that_is_not_valid_is_not_remembered(reader):
    for wrong in (f"{AccessToken.for_user(reader)}x", RefreshToken.for_user(reader)):
        for _ in range(2):
            with pytest.raises(InvalidToken):
                authenticate(wrong)
