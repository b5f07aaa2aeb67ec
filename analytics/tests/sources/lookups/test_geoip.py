"""The country of an address."""

import struct
from ipaddress import ip_address

import pytest

from analytics.sources.lookups import geoip


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3",
        "127.0.0.1",
        "192.168.0.1",
        "169.254.1.1",
        "192.0.2.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "fe80::1",
    ],
)
def test_reserved_addresses_have_no_country(address):
    assert geoip.country(ip_address(address)) is None


@pytest.mark.parametrize("address, code", [("193.0.6.139", "NL"), ("2001:67c:2e8::1", "NL"), ("8.8.8.8", "US")])
def test_addresses_have_the_country_of_the_registries(address, code):
    assert geoip.country(ip_address(address)) == code


class Long(int):
    """A number of 32 bits."""


class Longest(int):
    """A number of 64 bits."""


def encoded(value) -> bytes:
    """Return a value in MaxMind's format: text, numbers, maps and lists, all of them short."""
    if isinstance(value, Longest):
        return bytes([8, 2]) + struct.pack(">Q", value)
    if isinstance(value, Long):
        return bytes([6 << 5 | 4]) + struct.pack(">I", value)
    if isinstance(value, dict):
        return bytes([7 << 5 | len(value)]) + b"".join(encoded(key) + encoded(value[key]) for key in value)
    if isinstance(value, list):
        return bytes([len(value), 4]) + b"".join(map(encoded, value))
    if isinstance(value, str):
        return bytes([2 << 5 | len(value)]) + value.encode()
    return bytes([5 << 5 | 2]) + struct.pack(">H", value)


def halves(record) -> bytes:
    """Return a database of IPv4 in which addresses below 128.0.0.0 have this record, and the others none."""
    metadata = {
        "node_count": Long(1),
        "record_size": 24,
        "ip_version": 4,
        "database_type": "Test",
        "languages": ["en"],
        "binary_format_major_version": 2,
        "binary_format_minor_version": 0,
        "build_epoch": Longest(1_700_000_000),
        "description": {},
    }
    node = (1 + 16).to_bytes(3, "big") + (1).to_bytes(3, "big")
    return node + bytes(16) + encoded(record) + b"\xab\xcd\xefMaxMind.com" + encoded(metadata)


@pytest.mark.parametrize("record", [{"country": {"iso_code": "DE"}}, {"country_code": "DE"}, {"country": "DE"}])
def test_a_database_of_the_user_replaces_the_registries(tmp_path, record):
    path = tmp_path / "places.mmdb"
    path.write_bytes(halves(record))
    find = geoip.finder(path)
    assert find(ip_address("8.8.8.8")) == "DE"
    assert (
        find(ip_address("193.0.6.139")) is find(ip_address("2001:67c:2e8::1")) is find(ip_address("10.0.0.1")) is None
    )


@pytest.mark.parametrize("record", [{}, {"country": {}}, {"country": {"iso_code": "EU"}}, ["DE"]])
def test_a_record_without_a_country_is_unknown(tmp_path, record):
    path = tmp_path / "places.mmdb"
    path.write_bytes(halves(record))
    assert geoip.finder(path)(ip_address("8.8.8.8")) is None


@pytest.mark.parametrize("content", [None, b"no database"])
def test_a_database_that_cannot_be_read_is_named(tmp_path, content):
    path = tmp_path / "places.mmdb"
    if content:
        path.write_bytes(content)
    with pytest.raises(geoip.NoCountryDatabase, match="places.mmdb"):
        geoip.finder(path)
