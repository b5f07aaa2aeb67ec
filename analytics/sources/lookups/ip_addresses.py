"""Addresses of clients, and how much of one is kept."""

from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

Address = IPv4Address | IPv6Address
KEPT_BITS = {4: 24, 6: 48}
"""What is left of a truncated address: enough to tell networks apart, not people."""


class Keep(StrEnum):
    """What is stored of an address. The country is looked up before."""

    TRUNCATE = "truncate"
    KEEP = "keep"
    DROP = "drop"


def address(text: str) -> Address | None:
    """The address, or None for a name or anything else. The zone of a link-local address is dropped.

    >>> address("::ffff:192.0.2.9"), address("example.com")
    (IPv4Address('192.0.2.9'), None)
    """
    try:
        found = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (found.version == 6 and found.ipv4_mapped) or found


def kept(found: Address | None, keep: Keep) -> bytes:
    """The 4 or 16 bytes that are stored, none for no address.

    >>> address_of = lambda text: ".".join(map(str, kept(address(text), Keep.TRUNCATE)))
    >>> address_of("192.0.2.9")
    '192.0.2.0'
    """
    if found is None or keep is Keep.DROP:
        return b""
    if keep is Keep.KEEP:
        return found.packed
    whole = KEPT_BITS[found.version] // 8
    return found.packed[:whole].ljust(len(found.packed), b"\0")


def text(packed: bytes) -> str | None:
    """
    >>> text(bytes([192, 0, 2, 0])), text(b"")
    ('192.0.2.0', None)
    """
    return str(ip_address(packed)) if packed else None
