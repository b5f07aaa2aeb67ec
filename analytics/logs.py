"""Write log records as lines on stderr: with time, level and request id, as text or as JSON, and without secrets."""

import logging
import re
import sys
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

import msgspec

request_id: ContextVar[str] = ContextVar("request_id", default="-")
"""The id of the request that is being answered; `-` in commands and background threads."""

HIDDEN = "[hidden]"
SECRETS = (
    (re.compile(r"\b(Bearer|Basic)\s+[\w+/=.~-]{8,}", re.I), rf"\1 {HIDDEN}"),
    (re.compile(r"(/dashboard/shared/)[^\s/?\"']+"), rf"\1{HIDDEN}"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+\.[\w-]*"), HIDDEN),
    (
        re.compile(
            r"\b(api_?key|x-api-key|password|secret|access|refresh|sessionid|csrftoken)(\"|')?\s*[=:]\s*[^\s&,;]+", re.I
        ),
        rf"\1={HIDDEN}",
    ),
    (re.compile(r"(://[^\s/:@]*:)[^\s/@]+@"), rf"\1{HIDDEN}@"),
    (re.compile(r"\b(LINE \d+|DETAIL|QUERY|CONTEXT): .*"), rf"\1: {HIDDEN}"),
)
"""What looks like a secret, and what is written in its place. It is a second line of defence: the code does not log
secrets. The last pattern is of PostgreSQL's messages, which quote the statement with its values."""
UNEXPLAINED = "django.security"
"""The loggers of refused requests, as of an unknown Host: their tracebacks say nothing more."""


class StderrHandler(logging.StreamHandler[TextIO]):
    """Writes to stderr as it is at the time: tests and servers replace it."""

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]  # as logging's own handler of last resort
        return sys.stderr


class TextFormatter(logging.Formatter):
    """One line: time, level, request id, logger and message; a traceback follows on its own lines."""

    def format(self, record: logging.LogRecord) -> str:
        message = without_secrets(record.getMessage()).replace("\n", "\\n").replace("\r", "\\r")
        line = f"{_time(record)} {record.levelname} [{request_id.get()}] {record.name}: {message}"
        return "\n".join([line, *_traceback(self, record)])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: time, level, request_id, logger, message; traceback, and the fields of an access line."""

    def format(self, record: logging.LogRecord) -> str:
        fields: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "request_id": request_id.get(),
            "logger": record.name,
            "message": without_secrets(record.getMessage()),
            **getattr(record, "fields", {}),
        }
        if traceback := _traceback(self, record):
            fields["traceback"] = traceback[0]
        return msgspec.json.encode(fields).decode()


def without_secrets(text: str) -> str:
    """Return the text with `[hidden]` in place of what looks like a secret.

    >>> without_secrets("GET /events/?apikey=abc&page=2 Authorization: Bearer abcdefgh redis://:pass@host/0")
    'GET /events/?apikey=[hidden]&page=2 Authorization: Bearer [hidden] redis://:[hidden]@host/0'
    """
    for pattern, shown in SECRETS:
        text = pattern.sub(shown, text)
    return text


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _traceback(formatter: logging.Formatter, record: logging.LogRecord) -> list[str]:
    """Return a list of the record's traceback, empty without one."""
    if not record.exc_info or record.name.startswith(UNEXPLAINED):
        return []
    return [without_secrets(formatter.formatException(record.exc_info))]
