"""Log lines: one for each record, with time, level and request id, and without secrets."""

import json
import logging
import re
import sys

import pytest

from analytics.logs import JsonFormatter, TextFormatter, request_id, without_secrets


def record(message, *args, name="analytics.test", exc_info=None):
    return logging.LogRecord(name, logging.WARNING, __file__, 1, message, args, exc_info)


def failure(text):
    try:
        raise ValueError(text)
    except ValueError:
        return sys.exc_info()


@pytest.fixture(autouse=True)
def in_a_request():
    token = request_id.set("abc-1")
    yield
    request_id.reset(token)


def test_a_text_line_has_time_level_request_and_logger():
    line = TextFormatter().format(record("%d rows\nfrom %s", 3, "a"))
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z WARNING \[abc-1\] analytics.test: 3 rows\\nfrom a", line
    )


def test_a_json_line_has_the_same_as_fields():
    line = JsonFormatter().format(record("a\nb", exc_info=failure("bad")))
    assert "\n" not in line
    fields = json.loads(line)
    assert (fields["level"], fields["request_id"], fields["logger"]) == ("WARNING", "abc-1", "analytics.test")
    assert fields["message"] == "a\nb" and fields["traceback"].endswith("ValueError: bad")


def test_a_refused_request_has_no_traceback():
    refused = record("Invalid HTTP_HOST header: 'x'", name="django.security.DisallowedHost", exc_info=failure("x"))
    assert "Traceback" not in TextFormatter().format(refused)
    assert "Traceback" in TextFormatter().format(record("x", exc_info=failure("x")))


@pytest.mark.parametrize(
    "text",
    [
        "GET /events/?apikey={}&page=2",
        "X-API-Key: {}",
        "Authorization: Bearer {}",
        "Authorization: Basic {}",
        "connecting to redis://user:{}@host:6379/0",
        "password={}",
        "{{'password': '{}'}}",
        "duplicate key\nDETAIL:  Key (name)=({}) already exists.",
        "syntax error\nLINE 1: SELECT * FROM t WHERE name = '{}'",
        "psycopg2.errors.SyntaxError: LINE 1: SELECT '{}'",
    ],
)
@pytest.mark.parametrize("form", [TextFormatter, JsonFormatter])
def test_a_secret_is_hidden_in_messages_and_tracebacks(text, form):
    written = text.format("s3cr3t-s3cr3t")
    line = form().format(record(written, exc_info=failure(written)))
    assert "s3cr3t" not in line and "[hidden]" in line


def test_a_token_is_hidden_wherever_it_stands():
    assert without_secrets("got eyJhbGciOi.eyJ0b2tlbl.abc-_ here") == "got [hidden] here"


def test_a_plain_message_stays_as_it_is():
    for text in ("Basic access is refused: 401", "the access log is on", "3 rows: a=1, b=2"):
        assert without_secrets(text) == text
