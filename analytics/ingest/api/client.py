"""Identify the client of a request: address, user agent, country."""

from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network

from django.http import HttpRequest

from analytics import conf
from analytics.sources.lookups import geoip, ip_addresses, user_agents
from analytics.sources.lookups.ip_addresses import Address, AddressPolicy


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `address` is complete and never stored; `kept_address` is what may be stored of it."""

    address: Address | None
    agent: str
    is_page: bool

    @property
    def country(self) -> str:
        """Return the ISO code of the address's country, empty for unknown."""
        return (self.address and _country(self.address)) or ""

    @property
    def kept_address(self) -> bytes:
        return ip_addresses.kept_bytes(self.address, AddressPolicy(conf.kept_of_addresses()))

    @property
    def is_bot(self) -> bool:
        """Return whether the user agent names a bot. An HTTP library or command-line tool is not a bot."""
        return bool(self.agent) and user_agents.is_bot(self.agent) and not user_agents.is_tool(self.agent)


def client_of(request: HttpRequest) -> Client:
    """Return the client of a request, found behind our own proxies.

    `is_page` of the client says that the request comes from a page in a browser: its address is then the visitor's.
    """
    peer = ip_addresses.parse_address(request.META.get("REMOTE_ADDR", ""))
    forwarded = request.headers.get("X-Forwarded-For", "")
    address = _behind_proxies(peer, forwarded) if forwarded and _is_proxy(peer) else peer
    return Client(address, request.headers.get("User-Agent", "")[:1000], "Origin" in request.headers)


def _behind_proxies(peer: Address | None, forwarded: str) -> Address | None:
    """Return the last address that is not one of our own proxies: clients can forge the addresses before it."""
    for text in reversed(forwarded.split(",")):
        found = ip_addresses.parse_address(_without_port(text.strip()))
        if found is None or not _is_proxy(found):
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


def _is_proxy(address: Address | None) -> bool:
    return address is not None and any(address in network for network in _networks(tuple(conf.proxies())))


@lru_cache(8)
def _networks(listed: tuple[str, ...]) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, listed))


@lru_cache(65536)
def _country(address: Address) -> str | None:
    return _finder(conf.places())(address)


_finder = lru_cache(4)(geoip.finder)
