"""Check the API keys of applications: which may collect, which may read pages, and which may ask questions."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import APIException, NotAuthenticated, PermissionDenied
from rest_framework.request import Request

from analytics import clock, conf
from analytics.access.api.user_sites import sites_of
from analytics.access.api.user_tokens import UserTokens
from analytics.access.flow.authenticate_key import KeyGrant, authenticate
from analytics.access.flow.create_key import SCOPES
from analytics.access.flow.decide_sites import ALL_SITES, VisibleSites

KEY_HEADER = "X-API-Key"
OPEN_GRANT = KeyGrant(0, frozenset(SCOPES), None, frozenset(), frozenset())


class UnknownKey(APIException):
    status_code = 401
    default_detail = "Invalid token"
    default_code = "unknown_key"


class ExpiredKey(APIException):
    status_code = 401
    default_code = "expired_key"

    def __init__(self, end: datetime) -> None:
        super().__init__(f"This key expired on {end:%Y-%m-%d at %H:%M} UTC.")


class MissingScope(APIException):
    status_code = 401
    default_code = "missing_scope"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key does not have the scope {scope!r}.")


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller of the API: an application, identified by its key; application 0 is a caller without a key, where that
    is allowed: a user, who may see these `sites`, or anyone while the API is open."""

    grant: KeyGrant
    sites: VisibleSites = ALL_SITES

    @property
    def application(self) -> int:
        return self.grant.application

    @property
    def is_bound(self) -> bool:
        return bool(self.grant.hosts)

    @property
    def own_sites(self) -> VisibleSites:
        """The sites that questions of this caller count: a bound key's own."""
        return VisibleSites(self.grant.hosts) if self.grant.hosts else self.sites

    def covers_host(self, host: str) -> bool:
        """Return whether the caller may write and read data of this host.

        An application with hosts of its own may use only these; one without may use any host that no other application
        owns. A user may see only the sites given to them.
        """
        return self.grant.covers_host(host) and self.sites.cover(host)

    def require_host(self, host: str) -> None:
        """Raise PermissionDenied, answered with 403, for a host that the caller may not use (see `covers_host`)."""
        if not self.covers_host(host):
            reader = "This key is not for" if self.application else "You may not see"
            raise PermissionDenied(f"{reader} {host[:253]}.")


def require_collect_key(request: HttpRequest) -> Caller:
    """Return the caller that sends data.

    Raise NotAuthenticated, UnknownKey or ExpiredKey, answered with 401, without a key that is valid. Raise
    PermissionDenied, answered with 403, when the key is not for collecting or not for pages of the request's Origin. An
    Origin without a host, as of a local file or a sandboxed frame, is none of a bound key's.
    """
    grant = _grant(request, KEY_HEADER)
    if "collect" not in grant.scopes:
        raise PermissionDenied("This key is not for collecting.")
    origin = request.headers.get("Origin")
    if grant.hosts and origin is not None and not grant.covers_host(_host_of(origin)):
        raise PermissionDenied(f"Origin: this key is not for pages of {origin[:253]!r}.")
    return Caller(grant)


def require_reader(request: HttpRequest) -> Caller:
    """Return the caller that reads data: an application with a key, as of `require_read_key`, or a user with a Bearer
    token and no key."""
    signed_in = None if given_key(request) else UserTokens().authenticate(_rest_request(request))
    return Caller(OPEN_GRANT, sites_of(signed_in[0])) if signed_in else require_read_key(request)


def require_read_key(request: HttpRequest, *, header: str = KEY_HEADER) -> Caller:
    """Return the caller that reads data. The key may also be in another `header`.

    Raise the errors of `require_collect_key`, except that the key must be for reading and the Origin is not checked.
    """
    grant = _grant(request, header)
    if "read" not in grant.scopes:
        raise PermissionDenied("This key is not for reading.")
    return Caller(grant)


class QueryKeyAuthentication(BaseAuthentication):
    """Authenticates a machine by an API key with scope `query` in the header X-API-Key, beside users with their tokens.

    A key in the address is not looked at: addresses are logged and sent on. An open API needs no scope, as it needs no
    key; a key that is unknown or has expired is refused all the same.
    """

    def authenticate(self, request: Request) -> tuple[AnonymousUser, Caller] | None:
        if not request.headers.get(KEY_HEADER):
            return None
        grant = _known_grant(request.headers[KEY_HEADER])
        if "query" not in grant.scopes and not conf.api_open():
            raise MissingScope("query")
        return AnonymousUser(), Caller(grant)


def _rest_request(request: HttpRequest) -> Request:
    return request if isinstance(request, Request) else Request(request)


def given_key(request: HttpRequest) -> str:
    return request.GET.get("apikey") or request.headers.get(KEY_HEADER, "")


def _grant(request: HttpRequest, header: str) -> KeyGrant:
    given = given_key(request) or request.headers.get(header, "")
    if not given and conf.api_open():
        return OPEN_GRANT
    if not given:
        raise NotAuthenticated(
            f"Authentication credentials were not provided. Give a key: ?apikey= or the header {header}."
        )
    return _known_grant(given)


def _known_grant(key: str) -> KeyGrant:
    grant = authenticate(key, time.monotonic())
    if grant is None:
        raise UnknownKey()
    if grant.expires_at is not None and grant.expires_at <= clock.now():
        raise ExpiredKey(grant.expires_at.astimezone(UTC))
    return grant


def _host_of(origin: str) -> str:
    """Return the host of an Origin header, in lower case; empty when it has none.

    >>> _host_of("https://Example.com:8443"), _host_of("null"), _host_of("")
    ('example.com', '', '')
    """
    try:
        return urlsplit(origin).hostname or ""
    except ValueError:
        return ""
