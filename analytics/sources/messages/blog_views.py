"""Blog views as they are sent over HTTP: read and checked."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from analytics.sources.contexts import UNKNOWN, ContextClues, ViewContext
from analytics.sources.files.log_record import Skip
from analytics.sources.lookups import geoip
from analytics.sources.messages import timestamps, visit_origin
from analytics.sources.messages.deliveries import QueuedBlogView
from analytics.sources.messages.events import CLOCK_TOLERANCE, InvalidMessage, fact_key
from analytics.sources.messages.field_checks import Problems
from analytics.sources.messages.page_visits import visitor_from_name
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_page_url

FIELDS = ("blog_id", "url", "country_code", "viewer", "timestamp", "view_id", *visit_origin.FIELDS)
KNOWN_FIELDS, ORIGIN_FIELDS = frozenset(FIELDS), frozenset(visit_origin.FIELDS)
MAX_BLOG_ID = 2**63 - 1
MAX_USERNAME = 150


class ViewSender(NamedTuple):
    """What a request says of the views in it, where they do not say it themselves: the time, the country and the
    address of the client, the clues to its context with that context, and the number of the visitor (0: unknown)."""

    application: int
    now: int
    country: str = ""
    address: bytes = b""
    clues: ContextClues = ContextClues()
    context: ViewContext = UNKNOWN
    visitor: int = 0


class SentView(NamedTuple):
    """A view as it was sent. With `clues`, its context follows from these and the host of its blog; without, it has
    that of the request."""

    view: QueuedBlogView
    clues: ContextClues | None = None


def read(given: Any, sender: ViewSender) -> SentView:
    """Return the view that a decoded JSON value describes. Raise InvalidMessage when the value is not a valid view.

    >>> view, clues = read({"blog_id": 7, "country_code": "de", "utm_source": "news"}, ViewSender(0, 10))
    >>> view.at, view.blog, view.country, clues.campaign.source
    (10, 7, 'DE', 'news')
    """
    if not isinstance(given, Mapping):
        raise InvalidMessage({"non_field_errors": ["A view is a JSON object."]})
    problems: Problems = {}
    if not KNOWN_FIELDS.issuperset(given):
        problems = {name: ["Unknown field."] for name in list(given.keys() - KNOWN_FIELDS)[:10]}
    blog, url = _blog_or_url(given, problems)
    said = not ORIGIN_FIELDS.isdisjoint(given)
    origin = visit_origin.read(given, problems) if said else visit_origin.NO_TEXTS
    view = QueuedBlogView(
        _time(given.get("timestamp"), sender.now, problems),
        blog,
        url,
        _country(given.get("country_code"), problems) or sender.country,
        viewer := _read_text("viewer", given, MAX_USERNAME, problems),
        sender.address,
        (
            fact_key(sender.application, text)
            if (text := _read_text("view_id", given, MAX_USERNAME * 10, problems))
            else None
        ),
        "",
        sender.context,
        visitor_from_name(name) if (name := origin["visitor"] or viewer) else sender.visitor,
    )
    if problems:
        raise InvalidMessage(problems)
    return SentView(view, _clues(given, origin, sender))


def _clues(given: Mapping[str, Any], origin: Mapping[str, str], sender: ViewSender) -> ContextClues | None:
    """Return the clues of a view, None if it says nothing beside what the request says."""
    url = given.get("url") or ""
    if origin is visit_origin.NO_TEXTS and "utm_" not in url:
        return None
    return visit_origin.clues_of(origin, sender.clues, host="", url=url)


def _blog_or_url(given: Mapping[str, Any], problems: Problems) -> tuple[int, str]:
    blog, url = given.get("blog_id"), given.get("url")
    if (blog is None) == (url is None):
        problems["blog_id"] = ["Say either blog_id or url."]
    elif blog is not None and (type(blog) is not int or not 1 <= blog <= MAX_BLOG_ID):
        problems["blog_id"] = ["Must be a blog's id, an integer of at least 1."]
    elif url is not None:
        return 0, _url(url, problems)
    return blog or 0, ""


def _url(url: Any, problems: Problems) -> str:
    try:
        page = normal_page_url(url) if isinstance(url, str) else ""
    except BadUrl:
        page = ""
    if not page or len(page) > MAX_URL:
        problems["url"] = [f"Must be the URL of a blog, or its host and path, of at most {MAX_URL} characters."]
    return page


def _time(given: Any, now: int, problems: Problems) -> int:
    if given is None:
        return now
    try:
        at = timestamps.parse_iso_time(given)
    except (AttributeError, OverflowError, Skip):
        problems["timestamp"] = ["Must be an ISO 8601 date and time from 1970 to 2199."]
        return now
    if at > now + CLOCK_TOLERANCE:
        problems["timestamp"] = ["Timestamp cannot be future"]
    return at


def _country(given: Any, problems: Problems) -> str:
    if given is None:
        return ""
    if not isinstance(given, str) or not geoip.is_country(given.upper()):
        problems["country_code"] = ["Must be a country's code, as in DE (ISO 3166-1 alpha-2)."]
        return ""
    return given.upper()


def _read_text(name: str, given: Mapping[str, Any], max_length: int, problems: Problems) -> str:
    value = given.get(name)
    if value is None:
        return ""
    if not isinstance(value, str) or not value or "\0" in value or len(value) > max_length:
        problems[name] = [f"Must be a text of 1 to {max_length} characters."]
        return ""
    return value
