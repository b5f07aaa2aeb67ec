"""Identify the client of a request: address, user agent, country."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import HttpRequest

from analytics import conf
from analytics.http.client_address import client_address
from analytics.sources.contexts import MAX_LANGUAGE, ContextClues
from analytics.sources.lookups import geoip, ip_addresses, user_agents
from analytics.sources.lookups.ip_addresses import Address, AddressPolicy


@dataclass(frozen=True, slots=True)
class Client:
    """The client of a request. `address` is complete and never stored; `kept_address` is what may be stored of it."""

    address: Address | None
    agent: str
    is_page: bool
    refuses_tracking: bool = False
    language: str = ""

    @property
    def is_reader(self) -> bool:
        """Return whether the request comes from the program of a reader, and not from a server that reports for one."""
        return self.is_page or (bool(self.agent.strip()) and not user_agents.is_tool(self.agent))

    @property
    def clues(self) -> ContextClues:
        """Return what the headers say of a reader, and nothing of a server. `Referer` is never among it: it is the page
        that sends, not the page before."""
        return ContextClues(agent=self.agent, language=self.language) if self.is_reader else ContextClues()

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
    `refuses_tracking` says that it asks for no tracking, by Do Not Track or Global Privacy Control.
    """
    headers = request.headers
    refuses = headers.get("DNT") == "1" or headers.get("Sec-GPC") == "1"
    agent, language = headers.get("User-Agent", "")[:1000], headers.get("Accept-Language", "")[:MAX_LANGUAGE]
    return Client(client_address(request), agent, "Origin" in headers, refuses, language)


@lru_cache(65536)
def _country(address: Address) -> str | None:
    return _finder(conf.places())(address)


_finder = lru_cache(4)(geoip.finder)
