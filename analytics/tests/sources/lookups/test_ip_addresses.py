"""How much of an address is stored."""

from ipaddress import ip_address

import pytest

from analytics.sources.lookups import ip_addresses
from analytics.sources.lookups.ip_addresses import AddressPolicy


@pytest.mark.parametrize(
    "keep, text, stored",
    [
        (AddressPolicy.TRUNCATE, "8.8.4.9", "8.8.4.0"),
        (AddressPolicy.TRUNCATE, "2001:67c:2e8:1::9", "2001:67c:2e8::"),
        (AddressPolicy.KEEP, "2001:67c:2e8:1::9", "2001:67c:2e8:1::9"),
        (AddressPolicy.KEEP, "::ffff:8.8.4.9", "8.8.4.9"),
        (AddressPolicy.KEEP, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_stored_part_of_an_address_depends_on_the_setting(keep, text, stored):
    assert ip_addresses.kept_bytes(ip_addresses.parse_address(text), keep) == ip_address(stored).packed


def test_nothing_is_stored_of_a_dropped_address_or_a_name():
    assert ip_addresses.kept_bytes(ip_addresses.parse_address("8.8.8.8"), AddressPolicy.DROP) == b""
    assert ip_addresses.kept_bytes(ip_addresses.parse_address("crawl.example.com"), AddressPolicy.KEEP) == b""
