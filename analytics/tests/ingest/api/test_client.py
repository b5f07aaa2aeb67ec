"""The address, country and kind of the client of a request."""

import pytest

from analytics.ingest.api.client import client_of


@pytest.mark.parametrize(
    "agent, is_bot",
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0", False),
        ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", True),
        ("python-requests/2.31.0", False),
        ("curl/8.5.0", False),
        ("Apache-HttpClient/4.5.13 (Java/17.0.2)", False),
        ("python-urllib3/2.2.1", False),
        ("node", False),
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
