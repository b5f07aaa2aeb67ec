"""Check user names and passwords: of tokens, of both login pages, and of Basic credentials."""

import time
from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.contrib.auth.models import User
from django.http import HttpRequest
from rest_framework.exceptions import Throttled

from analytics.access.flow.throttle_logins import (
    TooManyFailures,
    add_failure,
    forget_failures,
    require_few_failures,
)
from analytics.http.client_address import client_address


class ThrottledBackend(ModelBackend):
    """Django's own check, throttled: every way in that takes a password passes here.

    Raise Throttled, answered with 429 and Retry-After, after too many failures. A call without a request, as from a
    shell, is not throttled.
    """

    def authenticate(
        self, request: HttpRequest | None, username: str | None = None, password: str | None = None, **rest: Any
    ) -> User | None:
        if request is None or username is None or password is None:
            return super().authenticate(request, username, password, **rest)
        address, moment = client_address(request), time.time()
        try:
            require_few_failures(username, address, moment)
            user = None if "\0" in username + password else super().authenticate(request, username, password, **rest)
            if user is None:
                add_failure(username, address, moment)
            else:
                forget_failures(username)
        except TooManyFailures as error:
            raise Throttled(error.wait, str(error)) from error
        return user
