"""Where a visit comes from, as a page or a server may say: referrer, campaign and language."""

from collections.abc import Mapping
from typing import Any

from analytics.sources.messages.field_checks import Problems, read_text

MAX_LENGTHS = {
    "referrer": 2000,
    "utm_source": 300,
    "utm_medium": 300,
    "utm_campaign": 300,
    "language": 100,
}


def check(given: Mapping[str, Any], problems: Problems) -> None:
    """Note a problem for each of these fields that is no text or too long. None of them is stored."""
    for name, max_length in MAX_LENGTHS.items():
        read_text(name, given, problems, max_length=max_length, required=False)
