"""User agents of browsers and of bots."""

import pytest

from analytics.sources.lookups.user_agents import is_bot

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36"
)
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 6_0 like Mac OS X) AppleWebKit/536.26 (KHTML, like Gecko) Mobile/10A5376e"


@pytest.mark.parametrize("agent", [CHROME, IPHONE, "Opera/9.80 (X11; Linux) Presto/2.12", "Mozilla/5.0"])
def test_browsers_are_no_bots(agent):
    assert not is_bot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        " ",
        "curl/8.4.0",
        "Ruby",
        "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/",
        f"{IPHONE} (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (Unknown; Linux x86_64) AppleWebKit/534.34 (KHTML, like Gecko) PhantomJS/1.9.2 Safari/534.34",
    ],
)
def test_programs_are_bots(agent):
    assert is_bot(agent)


def test_a_very_long_user_agent_is_checked_fast():
    """Without the limit on its length each of these would take ten seconds."""
    assert not any(is_bot(letter * 8_000) for letter in "XYZ")
