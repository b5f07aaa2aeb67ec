"""A body without a length is read like any other, or refused; it is never taken for an empty one."""

import json
from io import BytesIO

import pytest
from django.test import Client

from analytics.http.parsers import MAX_BODY_BYTES

QUESTION = "/api/analytics/blog-views/country/"
ENDS = {"wsgi.input_terminated": True, "CONTENT_LENGTH": ""}
CHUNKED = {**ENDS, "HTTP_TRANSFER_ENCODING": "chunked"}
WITH_BODY = (
    QUESTION,
    "/api/analytics/top/blog/",
    "/api/analytics/performance/",
    "/api/analytics/events/",
    "/api/analytics/query/",
    "/api/analytics/views/",
    "/events/",
    "/eye",
    "/report",
    "/api/visits/",
    "/api/collect",
    "/api/token/",
)


@pytest.fixture(autouse=True)
def open_api(settings, db):
    settings.IDEEZA_API_OPEN = True


def post(path: str, body: bytes, **environ: object):
    return Client().generic("POST", path, body, "application/json", **environ, **{"wsgi.input": BytesIO(body)})


@pytest.mark.parametrize("environ", [CHUNKED, ENDS], ids=["in chunks", "as a stream"])
def test_a_question_without_a_length_is_read(environ):
    answer = post(QUESTION, b'{"country_codes": []}', **environ)
    assert (answer.status_code, list(answer.json())) == (400, ["country_codes"])


@pytest.mark.parametrize("path", WITH_BODY)
@pytest.mark.parametrize("environ", [CHUNKED, ENDS], ids=["in chunks", "as a stream"])
def test_every_endpoint_answers_as_with_a_length(path, environ):
    body = json.dumps({"wrong": 1}).encode()
    measured = Client().post(path, body, "application/json")
    answer = post(path, body, **environ)
    assert (answer.status_code, answer.content) == (measured.status_code, measured.content)
    assert answer.status_code in (400, 401)


@pytest.mark.parametrize("path", WITH_BODY)
def test_behind_a_server_that_does_not_mark_the_end_of_a_body_its_length_is_required(path):
    answer = post(path, b"{}", HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH="")
    assert (answer.status_code, answer.json()["code"]) == (411, "length_required")


def test_a_form_in_chunks_is_read():
    form = b"session_id=s&category=c&name=n"
    chunked = {**CHUNKED, "wsgi.input": BytesIO(form)}
    answer = Client().generic("POST", "/events/", form, "application/x-www-form-urlencoded", **chunked)
    assert (answer.status_code, answer.json()["session_id"]) == (201, "s")


def test_chunks_that_add_up_to_too_much_are_refused():
    assert post(QUESTION, b" " * (MAX_BODY_BYTES + 1), **CHUNKED).status_code == 413
    assert post(QUESTION, b"{" + b" " * (MAX_BODY_BYTES - 2) + b"}", **CHUNKED).status_code == 200


@pytest.mark.parametrize("environ", [{"CONTENT_LENGTH": "0"}, CHUNKED, ENDS])
def test_a_body_that_is_empty_asks_about_all_time(environ):
    assert post(QUESTION, b"", **environ).status_code == 200
