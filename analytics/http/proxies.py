"""Believe what our own proxies say about a request, and notice who else says such things."""

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import get_script_prefix, set_script_prefix

from analytics import conf
from analytics.sources.lookups import ip_addresses
from analytics.sources.lookups.ip_addresses import Address

UNIX = "unix"
"""The word for the peer of a Unix socket, which has no address."""
PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)+")
"""Two slashes in a row would make a link to another host."""

logger = logging.getLogger(__name__)
_undeclared: list[str] = []


class ForwardedHeaders:
    """Middleware that applies X-Forwarded-Proto and X-Forwarded-Prefix of declared proxies, and drops those of others.

    The proxy removes the prefix from the path. SECURE_PROXY_SSL_HEADER makes Django read the scheme.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        scheme = _last(request.META.pop("HTTP_X_FORWARDED_PROTO", ""))
        prefix = request.META.pop("HTTP_X_FORWARDED_PREFIX", "").strip().rstrip("/")
        peer = ip_addresses.parse_address(request.META.get("REMOTE_ADDR", ""))
        if not is_proxy(peer):
            if "HTTP_X_FORWARDED_FOR" in request.META:
                _note_undeclared(UNIX if peer is None else str(peer))
            return self._get_response(request)
        if scheme:
            request.META["HTTP_X_FORWARDED_PROTO"] = scheme
        with _mounted(request, prefix):
            return self._get_response(request)


def is_proxy(peer: Address | None) -> bool:
    """Return whether this peer is a proxy of our own; None is the peer of a Unix socket."""
    declared = conf.proxies()
    return UNIX in declared if peer is None else any(peer in network for network in _networks(tuple(declared)))


def undeclared() -> str | None:
    """Return the first peer that has sent X-Forwarded-For to this process without being declared, or None."""
    return _undeclared[0] if _undeclared else None


def _last(values: str) -> str:
    """Return the last item of a list in a header: the nearest proxy adds it, and clients can forge those before."""
    return values.rpartition(",")[2].strip().lower()


@contextmanager
def _mounted(request: HttpRequest, prefix: str) -> Iterator[None]:
    """Make links begin with the prefix, if it is one, until the end of the block."""
    before = get_script_prefix()
    if PREFIX.fullmatch(prefix):
        request.META["SCRIPT_NAME"] = prefix
        request.path = prefix + request.path_info
        set_script_prefix(f"{prefix}/")
    try:
        yield
    finally:
        set_script_prefix(before)


def _note_undeclared(peer: str) -> None:
    if not _undeclared:
        _undeclared.append(peer)
        logger.warning(
            "%s sends X-Forwarded-For and is not declared in IDEEZA_PROXIES: visitors behind it count as one. "
            "Logged once for each process.",
            peer,
        )


@lru_cache(8)
def _networks(listed: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(ip_network(each) for each in listed if each != UNIX)
