"""The context of a view: where its reader came from, and with what device, browser and language.

The functions are pure and accept any text: what cannot be read is unknown.
"""

import re
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote_plus

import msgspec

from analytics.sources.lookups.browsers import MAX_PARSED_CHARACTERS, browser_of
from analytics.sources.lookups.referrers import REFERRAL, known_site
from analytics.sources.url_spelling import BadUrl, normal_host

MAX_VALUE = 255
"""Characters of a value of a dimension."""
MAX_LANGUAGE = 200
MAX_LANGUAGES = 20
MAX_QUERY = 4000
MAX_PARAMETERS = 100
MAX_CACHED_CONTEXTS = 8192
REFERRER = re.compile(r"\s*+(?:https?|android-app)://([^/?#\\]{1,600})", re.IGNORECASE)
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
LANGUAGE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_][A-Za-z0-9_-]*)?\s*(?:;\s*q\s*=\s*([0-9.]{1,5})\s*)?(?:;.*)?")
CAMPAIGN_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign")


class ViewContext(msgspec.Struct, array_like=True, frozen=True):
    """The values of a view's dimensions; an empty text is unknown."""

    source: str = ""
    medium: str = ""
    campaign: str = ""
    referrer: str = ""
    device: str = ""
    browser: str = ""
    os: str = ""
    language: str = ""


class Campaign(NamedTuple):
    """What the utm parameters of a link say, each empty if it is not there."""

    source: str = ""
    medium: str = ""
    name: str = ""

    def or_else(self, other: "Campaign") -> "Campaign":
        """Return this campaign with what it lacks taken from another."""
        return Campaign(*(mine or theirs for mine, theirs in zip(self, other, strict=True)))


class ContextClues(NamedTuple):
    """What is known of a view's request: the URL of the page before, the user agent, the language (a tag, or an
    Accept-Language header), the campaign, and the host of the page itself."""

    referrer: str = ""
    agent: str = ""
    language: str = ""
    campaign: Campaign = Campaign()
    host: str = ""


UNKNOWN = ViewContext()
NO_CAMPAIGN = Campaign()


def view_context(clues: ContextClues) -> ViewContext:
    """Return the context that the clues give.

    >>> clues = ContextClues("https://www.google.de/search?q=x", language="de-DE,en;q=0.5", host="blog.example")
    >>> view_context(clues)
    ViewContext(source='Google', medium='organic', campaign='', referrer='google.de', device='', browser='', os='', \
language='de')
    """
    referrer, agent, language, campaign, host = clues
    return _context(
        ContextClues(
            _authority(referrer) if referrer else "",
            agent[:MAX_PARSED_CHARACTERS],
            language[:MAX_LANGUAGE],
            campaign,
            host,
        )
    )


@lru_cache(MAX_CACHED_CONTEXTS)
def _context(cut: ContextClues) -> ViewContext:
    """Return the context of clues whose referrer is only a host with its port, so that the cache stays small."""
    referrer, browser = _referring_host(cut.referrer, cut.host), browser_of(cut.agent)
    given = Campaign(*map(clean, cut.campaign))
    known = known_site(referrer) if referrer else None
    source = given.source or (known.name if known else _without_www(referrer))
    return ViewContext(
        source,
        given.medium or _customary_medium(given, known.medium if known else REFERRAL if referrer else ""),
        given.name,
        _without_www(referrer),
        browser.device,
        clean(browser.name),
        clean(browser.system),
        primary_language(cut.language),
    )


def _customary_medium(given: Campaign, of_referrer: str) -> str:
    """Return the medium of a link that names none: that of the referrer, if the source is the referrer too."""
    return "" if given.source else of_referrer


def is_referrer(text: str) -> bool:
    """Return whether a text is the URL of a page or an app that links may be on."""
    return bool(_referring_host(_authority(text), ""))


def _authority(referrer: str) -> str:
    found = REFERRER.match(referrer)
    return found[1].rpartition("@")[2] if found else ""


def _referring_host(authority: str, own: str) -> str:
    """Return the host of a referrer in its one spelling; empty for none, and for that of the page itself."""
    if not authority:
        return ""
    try:
        host = normal_host(authority)
    except BadUrl:
        return ""
    return "" if _without_www(host) == _without_www(own) else host


def _without_www(host: str) -> str:
    return host.removeprefix("www.") if host.count(".") > 1 else host


def primary_language(text: str) -> str:
    """Return the language without country and script of a tag, or of the tag that an Accept-Language header prefers.

    >>> primary_language("de-AT"), primary_language("fr;q=0.4, EN_us"), primary_language("*"), primary_language("x1")
    ('de', 'en', '', '')
    """
    tags = [found for part in text.split(",")[:MAX_LANGUAGES] if (found := LANGUAGE.fullmatch(part))]
    return max(tags, key=_quality)[1].lower() if tags else ""


def _quality(tag: re.Match[str]) -> float:
    try:
        return float(tag[2] or 1)
    except ValueError:
        return 0.0


def campaign_of(query: str) -> Campaign:
    """Return the campaign in the query of a URL.

    >>> campaign_of("a=b&utm_source=the+news&utm_campaign=Spring%20sale&utm_source=again")
    Campaign(source='the news', medium='', name='Spring sale')
    """
    if "utm_" not in query:
        return NO_CAMPAIGN
    values: dict[str, str] = {}
    for part in re.split("[&;]", query[:MAX_QUERY], maxsplit=MAX_PARAMETERS)[:MAX_PARAMETERS]:
        name, _, value = part.partition("=")
        if name in CAMPAIGN_PARAMETERS:
            values.setdefault(name, unquote_plus(value))
    return Campaign(*(values.get(name, "") for name in CAMPAIGN_PARAMETERS))


def campaign_of_url(url: str) -> Campaign:
    """Return the campaign in the query of a whole URL, or of a path with a query."""
    return campaign_of(url.partition("?")[2].partition("#")[0]) if "utm_" in url else NO_CAMPAIGN


def clean(text: str) -> str:
    r"""Return a text as a value: without control characters and needless blanks, and not too long. Its case stays.

    >>> clean(" Spring\x00\n  Sale "), len(clean("a" * 300))
    ('Spring Sale', 255)
    """
    return " ".join(UNPRINTABLE.sub(" ", text[: 4 * MAX_VALUE]).split())[:MAX_VALUE].rstrip()
