"""Answer in JSON, whatever the client accepts, or choose among the media types that it accepts."""

from collections.abc import Iterable, Sequence

from django.http import HttpRequest
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import BaseParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.utils.mediatypes import media_type_matches


class JsonOut(BaseContentNegotiation):
    """Answers with JSON whatever the Accept header says; a request's body must have a supported Content-Type."""

    def select_parser(self, request: Request, parsers: Iterable[BaseParser]) -> BaseParser | None:
        return next((each for each in parsers if media_type_matches(each.media_type, request.content_type)), None)

    def select_renderer(
        self, request: Request, renderers: Iterable[BaseRenderer], format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


def preferred_type(request: HttpRequest, media_types: Sequence[str]) -> str | None:
    """Return the media type that the client prefers, the first of several that it likes as much, or None. Parameters of
    a media type, such as a charset, do not matter."""
    for accepted in request.accepted_types:
        wanted = (accepted.main_type.lower(), accepted.sub_type.lower())
        for media_type in media_types:
            if wanted in _ranges(media_type):
                return media_type
    return None


def names_type(request: HttpRequest, media_type: str) -> bool:
    """Return whether the client accepts this media type by its name, not by a wildcard."""
    return any(f"{each.main_type}/{each.sub_type}".lower() == media_type for each in request.accepted_types)


def _ranges(media_type: str) -> Sequence[tuple[str, str]]:
    main, _, sub = media_type.partition("/")
    return (main, sub), (main, "*"), ("*", "*")
