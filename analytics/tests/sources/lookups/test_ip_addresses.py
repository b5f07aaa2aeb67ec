"""How much of an address is stored."""

from ipaddress import ip_address

import pytest

from analytics.sources.lookups import ip_addresses
from analytics.sources.lookups.ip_addresses import Keep


@pytest.mark.parametrize(
    "keep, text, stored",
    [
        (Keep.TRUNCATE, "8.8.4.9", "8.8.4.0"),
        (Keep.TRUNCATE, "2001:67c:2e8:1::9", "2001:67c:2e8::"),
        (Keep.KEEP, "2001:67c:2e8:1::9", "2001:67c:2e8:1::9"),
        (Keep.KEEP, "::ffff:8.8.4.9", "8.8.4.9"),
        (Keep.KEEP, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_stored_part_of_an_address_depends_on_the_setting(keep, text, stored):
    assert ip_addresses.kept(ip_addresses.address(text), keep) == ip_address(stored).packed


def test_nothing_is_stored_of_a_dropped_address_or_a_name():
    assert ip_addresses.kept(ip_addresses.address("8.8.8.8"), Keep.DROP) == b""
    assert ip_addresses.kept(ip_addresses.address("crawl.example.com"), Keep.KEEP) == b""
