"""Where a view or a visit comes from, as a page or a server may say: referrer, campaign, language and user agent."""

from collections.abc import Mapping
from typing import Any

from analytics.sources.contexts import Campaign, ContextClues, campaign_of_url, is_referrer
from analytics.sources.messages.field_checks import Problems, read_text

MAX_LENGTHS = {
    "referrer": 2000,
    "utm_source": 300,
    "utm_medium": 300,
    "utm_campaign": 300,
    "language": 100,
}
"""The most characters of what a visit may say."""
VIEW_LENGTHS = {**MAX_LENGTHS, "user_agent": 1000, "visitor": 200}
"""The most characters of what a view may say; a visit has no field for its user agent."""
FIELDS = tuple(VIEW_LENGTHS)
CAMPAIGN_FIELDS = ("utm_source", "utm_medium", "utm_campaign")
NO_TEXTS = dict.fromkeys(FIELDS, "")


def read(given: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    """Return these fields of a view, empty for those that are not there; note a problem for each that is no text or too
    long, and for a referrer that is no URL."""
    texts = NO_TEXTS | {
        name: read_text(name, given, problems, max_length=VIEW_LENGTHS[name], required=False)
        for name in FIELDS
        if name in given
    }
    if texts["referrer"] and not is_referrer(texts["referrer"]):
        problems["referrer"] = ["Must be the URL of a page, as in https://news.example/a."]
    return texts


def read_visit(given: Mapping[str, Any], problems: Problems) -> dict[str, str]:
    """Return these fields of a visit. A browser sends what it has, so a referrer that is no URL is unknown; note a
    problem for each field that is no text or too long."""
    return NO_TEXTS | {
        name: read_text(name, given, problems, max_length=max_length, required=False)
        for name, max_length in MAX_LENGTHS.items()
        if name in given
    }


def readable(data: Mapping[str, Any]) -> dict[str, str]:
    """Return these fields of an event's data, which may hold anything: what is no text is unknown, a long text is cut.

    >>> readable({"language": 7, "utm_source": "news"})["utm_source"]
    'news'
    """
    return NO_TEXTS | {name: value[: VIEW_LENGTHS[name]] for name in FIELDS if isinstance(value := data.get(name), str)}


def clues_of(texts: Mapping[str, str], of_client: ContextClues, *, host: str, url: str) -> ContextClues:
    """Return the clues in these fields. Agent and language are the client's where a field does not say them, and the
    campaign is that in the page's URL."""
    given = Campaign(*(texts[name] for name in CAMPAIGN_FIELDS))
    return ContextClues(
        texts["referrer"],
        texts["user_agent"] or of_client.agent,
        texts["language"] or of_client.language,
        given.or_else(campaign_of_url(url)),
        host,
    )
