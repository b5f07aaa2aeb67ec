"""Addresses of clients, and how much of one is kept."""

from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
KEPT_BITS = {4: 24, 6: 48}
"""The bits kept of a truncated address, by IP version: enough to distinguish networks, not people."""
INTERNAL_NETWORKS = [
    ip_network(network)
    for network in (
        *("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
]
"""Addresses inside a network (RFC 1918, 6598, 3927, 4193, 4291): in a list of addresses, those of proxies."""


class AddressPolicy(StrEnum):
    """The part of an address that is stored. The country is looked up before the rest is dropped."""

    TRUNCATE = "truncate"
    KEEP = "keep"
    DROP = "drop"


def parse_address(text: str) -> Address | None:
    """Return the address, or None for a name or other text. The zone of a link-local address is dropped.

    >>> parse_address("::ffff:192.0.2.9"), parse_address("example.com")
    (IPv4Address('192.0.2.9'), None)
    """
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.version == 6 and found.ipv4_mapped) or found


@lru_cache(65536)
def parse_client(text: str) -> Address | None:
    """Return the address of a client in a log, or None for a name and other text. A port is dropped. Of `client, proxy`
    it is the first address outside internal networks, or else the first address.

    >>> parse_client("8.8.8.8:4711"), parse_client("[2001:db8::1]:80"), parse_client("example.com:80")
    (IPv4Address('8.8.8.8'), IPv6Address('2001:db8::1'), None)
    >>> parse_client("unknown, 10.1.2.3, 8.8.8.8, 192.168.0.1")
    IPv4Address('8.8.8.8')
    """
    listed = [found for part in text.split(",") if (found := _without_port(part.strip()))]
    outside = (found for found in listed if not any(found in network for network in INTERNAL_NETWORKS))
    return next(outside, listed[0] if listed else None)


def _without_port(text: str) -> Address | None:
    if text.startswith("["):
        return parse_address(text[1:].partition("]")[0])
    address, colon, _ = text.partition(":")
    return parse_address(address if colon and "." in address else text)


def kept_bytes(found: Address | None, policy: AddressPolicy) -> bytes:
    """Return the 4 or 16 bytes that are stored; no bytes without an address or with AddressPolicy.DROP.

    >>> address_of = lambda text: ".".join(map(str, kept_bytes(parse_address(text), AddressPolicy.TRUNCATE)))
    >>> address_of("192.0.2.9")
    '192.0.2.0'
    """
    if found is None or policy is AddressPolicy.DROP:
        return b""
    if policy is AddressPolicy.KEEP:
        return found.packed
    size = KEPT_BITS[found.version] // 8
    return found.packed[:size].ljust(len(found.packed), b"\0")


@lru_cache(65536)
def text(packed: bytes) -> str | None:
    """Return an address as text, or None for empty bytes.

    >>> text(bytes([192, 0, 2, 0])), text(b"")
    ('192.0.2.0', None)
    """
    return str(ip_address(packed)) if packed else None
