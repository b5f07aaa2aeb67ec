"""The address of a client behind our own proxies."""

import pytest

from analytics.http.client_address import client_address


@pytest.fixture
def address(rf, settings):
    def seen(peer, forwarded=None, proxies=()):
        settings.IDEEZA_PROXIES = list(proxies)
        headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
        found = client_address(rf.get("/", REMOTE_ADDR=peer, headers=headers))
        return found and str(found)

    return seen


def test_the_address_is_that_of_the_connection(address):
    assert address("192.0.2.1") == "192.0.2.1"
    assert address("") is None


def test_a_proxy_that_is_not_declared_is_ignored(address):
    assert address("192.0.2.1", "198.51.100.7") == "192.0.2.1"
    assert address("192.0.2.1", "198.51.100.7", ["10.0.0.0/8"]) == "192.0.2.1"


@pytest.mark.parametrize(
    "forwarded, found",
    [
        ("198.51.100.7", "198.51.100.7"),
        ("198.51.100.7:4711", "198.51.100.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("1.1.1.1, 198.51.100.7", "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.0.0.9", "198.51.100.7"),
        ("10.0.0.9", "10.0.0.1"),
        ("unknown", None),
        ("198.51.100.7, unknown", None),
    ],
)
def test_a_declared_proxy_is_trusted_up_to_the_first_unknown_address(address, forwarded, found):
    assert address("10.0.0.1", forwarded, ["10.0.0.0/8"]) == found


def test_a_proxy_on_a_unix_socket_names_the_client_when_it_is_declared(address):
    assert address("", "198.51.100.7", ["unix"]) == "198.51.100.7"
    assert address("", "198.51.100.7", ["10.0.0.0/8"]) is None
    assert address("192.0.2.1", "198.51.100.7", ["unix"]) == "192.0.2.1"
    assert address("", "198.51.100.7, 10.0.0.9", ["unix", "10.0.0.0/8"]) == "198.51.100.7"
