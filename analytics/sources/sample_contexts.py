"""Lifelike contexts and visitors for sample views: few sources bring most readers, a browser goes with its system and
device, a language with its country, and readers come back."""

import numpy as np
from numpy.typing import NDArray

from analytics.sources.contexts import ViewContext
from analytics.sources.lookups.referrers import REFERRAL, known_site
from tally.counts import Ints

DIRECT_SHARE, CAMPAIGN_SHARE = 0.35, 0.08
"""The shares of views without a referrer, and of views by a link of a campaign."""
FOREIGN_SHARE = 0.12
"""The share of readers whose language is English and not that of their country."""
VIEWS_PER_VISITOR = 4
HOSTS = [
    "google.com",
    "news.ycombinator.com",
    "t.co",
    "facebook.com",
    "duckduckgo.com",
    "google.de",
    "reddit.com",
    "bing.com",
    "linkedin.com",
    "github.com",
    "google.co.uk",
    "chatgpt.com",
    "instagram.com",
    "lobste.rs",
    "en.wikipedia.org",
    "ecosia.org",
    "youtube.com",
    "yandex.ru",
    "stackoverflow.com",
    "mail.google.com",
    "planet.example",
    "weekly.example",
    "friends.example",
    "digest.example",
    "forum.example",
]
"""Of referrers, the most frequent first."""
CAMPAIGNS = (
    ("newsletter", "email", "weekly"),
    ("google", "cpc", "brand"),
    ("newsletter", "email", "spring-sale"),
    ("facebook", "paid_social", "spring-sale"),
    ("partner", "referral", "summer"),
    ("linkedin", "paid_social", "hiring"),
)
READERS = (
    ("mobile", "Chrome", "Android", 27),
    ("desktop", "Chrome", "Windows", 22),
    ("mobile", "Safari", "iOS", 17),
    ("desktop", "Chrome", "macOS", 7),
    ("desktop", "Safari", "macOS", 6),
    ("desktop", "Edge", "Windows", 6),
    ("desktop", "Firefox", "Windows", 4),
    ("desktop", "Firefox", "Linux", 3),
    ("mobile", "Samsung Internet", "Android", 3),
    ("tablet", "Safari", "iOS", 3),
    ("tablet", "Chrome", "Android", 1),
    ("other", "Safari", "Tizen", 1),
)
"""Device, browser and system, and how often they occur."""
LANGUAGES = ["en", "de", "pt", "fr", "ja", "es", "it", "nl", "pl", "id", "tr", "sv", "uk", "zh", "ko", "vi"]
COUNTRY_LANGUAGES = dict(
    zip(
        [
            "DE",
            "AT",
            "BR",
            "PT",
            "FR",
            "JP",
            "ES",
            "MX",
            "AR",
            "IT",
            "NL",
            "PL",
            "ID",
            "TR",
            "SE",
            "UA",
            "CN",
            "TW",
            "KR",
            "VN",
        ],
        [
            "de",
            "de",
            "pt",
            "pt",
            "fr",
            "ja",
            "es",
            "es",
            "es",
            "it",
            "nl",
            "pl",
            "id",
            "tr",
            "sv",
            "uk",
            "zh",
            "zh",
            "ko",
            "vi",
        ],
        strict=True,
    )
)
"""English elsewhere."""
ORIGINS = [
    ViewContext(),
    *(
        ViewContext(known.name if known else host, known.medium if known else REFERRAL, "", host)
        for host, known in ((host, known_site(host)) for host in HOSTS)
    ),
    *(ViewContext(source, medium, name) for source, medium, name in CAMPAIGNS),
]
CODES = len(ORIGINS) * len(READERS) * len(LANGUAGES)
"""The number of different contexts. One is named by its code, below this number."""


def context(code: int) -> ViewContext:
    """
    >>> context(0), context(CODES - 1).campaign
    (ViewContext(source='', medium='', campaign='', referrer='', device='mobile', browser='Chrome', os='Android', \
language='en'), 'hiring')
    """
    rest, language = divmod(code, len(LANGUAGES))
    origin, reader = divmod(rest, len(READERS))
    known, (device, browser, system, _) = ORIGINS[origin], READERS[reader]
    return ViewContext(
        known.source, known.medium, known.campaign, known.referrer, device, browser, system, LANGUAGES[language]
    )


def visitors(random: np.random.Generator, countries: Ints, viewers: Ints, pool: NDArray[np.float64]) -> Ints:
    """Return a visitor for each view: a viewer who is signed in is always the same, and others come back, some often.
    `pool` is the number of visitors of each country, the last of the views without a country."""
    chosen = (random.random(countries.size) ** 2 * np.maximum(pool[countries], 1)).astype(np.int64)
    return mixed(np.where(viewers >= 0, -1 - viewers, (countries + 2 << 32) + chosen))


def contexts(random: np.random.Generator, visitors: Ints, languages: Ints) -> Ints:
    """Return the code of a context for each view. Device and language are the visitor's, and the origin is that of the
    view. `languages` holds the language of each view's country, as its place in `LANGUAGES`."""
    origins = np.searchsorted(_origin_shares(), random.random(visitors.size), "right")
    weights = np.cumsum([weight for *_, weight in READERS], dtype=float)
    readers = np.searchsorted(weights / weights[-1], _uniform(visitors), "right")
    spoken = np.where(_uniform(mixed(visitors)) < FOREIGN_SHARE, 0, languages)
    codes: Ints = (np.minimum(origins, len(ORIGINS) - 1) * len(READERS) + readers) * len(LANGUAGES) + spoken
    return codes


def language_places(codes: list[str]) -> Ints:
    """Return the places of the countries' languages in `LANGUAGES`, and at the end that of no country.

    >>> language_places(["DE", "US"])
    array([1, 0, 0])
    """
    return np.array([LANGUAGES.index(COUNTRY_LANGUAGES.get(code, "en")) for code in codes] + [0], np.int64)


def _origin_shares() -> NDArray[np.float64]:
    rest = 1 - DIRECT_SHARE - CAMPAIGN_SHARE
    hosts, campaigns = (1 / np.arange(1, len(each) + 1) for each in (HOSTS, CAMPAIGNS))
    return np.cumsum([DIRECT_SHARE, *(rest * hosts / hosts.sum()), *(CAMPAIGN_SHARE * campaigns / campaigns.sum())])


def mixed(values: Ints) -> Ints:
    """Return 64 bits of each number that look random (the finalizer of splitmix64)."""
    bits = values.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (bits ^ (bits >> np.uint64(31))).astype(np.int64)


def _uniform(bits: Ints) -> NDArray[np.float64]:
    """Return a number from 0 to 1 for each 64 random bits."""
    shares: NDArray[np.float64] = (bits.astype(np.uint64) >> np.uint64(11)) / float(1 << 53)
    return shares
