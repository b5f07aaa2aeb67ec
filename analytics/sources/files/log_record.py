"""A view as a source records it, and the reasons why a line records none."""

from enum import StrEnum
from typing import NamedTuple

from analytics.sources.contexts import NO_CAMPAIGN, Campaign


class LogRecord(NamedTuple):
    """One view. Either `url` (host/path) or `blog_id` names its blog; `at` is in microseconds since 1970, UTC.

    `agent` is None where the source has no user agents, empty where the client sent none. `referrer` is the page that
    led here. `dropped` names the query parameters that the url leaves out. `visitor` is the name that a table gives the
    visitor.
    """

    at: int
    url: str = ""
    blog_id: int = 0
    client: str = ""
    country: str = ""
    viewer: str = ""
    agent: str | None = None
    referrer: str = ""
    dropped: tuple[str, ...] = ()
    campaign: Campaign = NO_CAMPAIGN
    language: str = ""
    visitor: str = ""


class Reason(StrEnum):
    """Why a line gives no view, in the words of the summary that is printed."""

    MALFORMED = "not in the format"
    METHOD = "not GET"
    STATUS = "not a success (200 or 304)"
    FILE = "no page: an image, a style, a script, a download"
    FEED = "feeds"
    BOT = "bots"
    LONG_URL = "URLs longer than 600 characters"
    MESSAGE = "messages of the server, not requests"
    REPEATED = "lines that were imported before, in this file or another (--overlap)"
    TIME = "times outside 1970 to 2200"
    NO_BLOG = "no blog has this id"
    PARTIAL_LINE = "pieces of lines: too long, or begun in an earlier run"
    UNFINISHED = "an unfinished last line, left for the next run (--finished counts it)"


class Skip(Exception):
    """This line gives no view, for this reason."""

    @property
    def reason(self) -> Reason:
        reason: Reason = self.args[0]
        return reason
