"""What is stored of an address."""

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
def test_what_is_kept_of_an_address(keep, text, stored):
    assert ip_addresses.kept(ip_addresses.address(text), keep) == ip_address(stored).packed


def test_an_address_that_is_dropped_or_none_leaves_nothing():
    assert ip_addresses.kept(ip_addresses.address("8.8.8.8"), Keep.DROP) == b""
    assert ip_addresses.kept(ip_addresses.address("crawl.example.com"), Keep.KEEP) == b""
