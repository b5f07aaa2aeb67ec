"""Addresses of clients, and how much of one is kept."""

from enum import StrEnum
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
KEPT_BITS = {4: 24, 6: 48}
"""The bits kept of a truncated address, by IP version: enough to distinguish networks, not people."""


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
