"""Refuse logins after too many failures, by address and by user name."""

import hashlib
import unicodedata
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_network

from analytics import conf
from analytics.access.store import login_failures
from analytics.sources.lookups.ip_addresses import Address

IPV6_NETWORK_BITS = 64
"""The network that one subscriber has of IPv6: each may send from any of its addresses."""


class TooManyFailures(Exception):
    """Too many failed logins. Try again later."""

    def __init__(self, wait: int) -> None:
        super().__init__(self.__doc__)
        self.wait = wait


def require_few_failures(name: str, address: Address | None, moment: float) -> None:
    """Raise TooManyFailures when this name or this address has failed too often; `moment` is in seconds since 1970."""
    limits = _limits(name, address).items()
    _refuse([subject for subject, limit in limits if login_failures.count(subject) >= limit], moment)


def add_failure(name: str, address: Address | None, moment: float) -> None:
    """Count a failure. Raise TooManyFailures when there are too many with it, as of logins at the same time."""
    limits = _limits(name, address).items()
    _refuse([subject for subject, limit in limits if login_failures.add(subject, moment) > limit], moment)


def forget_failures(name: str) -> None:
    """Forget the failures of a name: its password was given. Those of the address stay, or a user could guess others'
    passwords without limit."""
    login_failures.clear(_name(name))


def _refuse(exhausted: Sequence[str], moment: float) -> None:
    if exhausted:
        raise TooManyFailures(max(login_failures.seconds_left(subject, moment) for subject in exhausted))


def _limits(name: str, address: Address | None) -> dict[str, int]:
    """Return the limit of each subject that counts this login."""
    limits = conf.login_failures()
    return {_name(name): limits.by_name} | ({_address(address): limits.by_address} if address else {})


def _name(name: str) -> str:
    """
    >>> _name("Ann") == _name("ann") != _name("bob")
    True
    """
    return _digest("name", unicodedata.normalize("NFKC", name).lower())


def _address(address: Address) -> str:
    if isinstance(address, IPv6Address):
        return _digest("address", str(ip_network((address, IPV6_NETWORK_BITS), strict=False)))
    return _digest("address", str(address))


def _digest(kind: str, text: str) -> str:
    return f"{kind}:{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()}"
