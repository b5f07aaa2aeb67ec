"""Find the address of a request's client, behind our own proxies."""

from django.http import HttpRequest

from analytics.http.proxies import is_proxy
from analytics.sources.lookups import ip_addresses
from analytics.sources.lookups.ip_addresses import Address


def client_address(request: HttpRequest) -> Address | None:
    """Return the address of the client, or None when it is unknown, as on a Unix socket that no proxy names it for."""
    peer = ip_addresses.parse_address(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    return _behind_proxies(peer, forwarded) if forwarded and is_proxy(peer) else peer


def _behind_proxies(peer: Address | None, forwarded: str) -> Address | None:
    """Return the last address that is not one of our own proxies: clients can forge the addresses before it."""
    for text in reversed(forwarded.split(",")):
        found = ip_addresses.parse_address(_without_port(text.strip()))
        if found is None or not is_proxy(found):
            return found
    return peer


def _without_port(text: str) -> str:
    """Return an address without its port and brackets.

    >>> _without_port("192.0.2.1:4711"), _without_port("[2001:db8::1]:4711"), _without_port("2001:db8::1")
    ('192.0.2.1', '2001:db8::1', '2001:db8::1')
    """
    if text.startswith("["):
        return text[1:].partition("]")[0]
    return text.partition(":")[0] if text.count(":") == 1 else text
