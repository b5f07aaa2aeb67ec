"""The address, country and kind of the client of a request."""

import pytest

from analytics.ingest.api.client import client_of


@pytest.fixture
def address(rf, settings):
    def seen(peer, forwarded=None, proxies=()):
        settings.IDEEZA_PROXIES = list(proxies)
        headers = {"X-Forwarded-For": forwarded} if forwarded is not None else {}
        found = client_of(rf.get("/", REMOTE_ADDR=peer, headers=headers)).address
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


@pytest.mark.parametrize(
    "agent, is_bot",
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("python-requests/2.31.0", False),
        ("curl/8.5.0", False),
        ("", False),
    ],
)
def test_a_bot_is_recognized_by_its_user_agent(rf, agent, is_bot):
    assert client_of(rf.get("/", headers={"User-Agent": agent})).is_bot is is_bot


@pytest.mark.parametrize(
    "setting, kept", [("truncate", bytes([8, 8, 8, 0])), ("keep", bytes([8, 8, 8, 8])), ("drop", b"")]
)
def test_the_country_is_that_of_the_whole_address_however_much_of_it_is_stored(rf, settings, setting, kept):
    settings.IDEEZA_ADDRESSES = setting
    who = client_of(rf.get("/", REMOTE_ADDR="8.8.8.8"))
    assert (who.country, who.kept_address) == ("US", kept)
