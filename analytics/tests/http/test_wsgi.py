"""A request that Django itself cannot read is refused, and is no failure of the service."""

from io import BytesIO

import pytest
from django.test import RequestFactory

from analytics.http.wsgi import Utf8Handler

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def status_of(path: str, type: str, body: bytes = b"{}") -> int:
    environ = RequestFactory().generic("POST", path, body, content_type="text/plain").environ
    environ |= {"CONTENT_TYPE": type, "wsgi.input": BytesIO(body)}
    found = []
    answer = Utf8Handler()(environ, lambda status, headers, *_: found.append(int(status.split()[0])))
    list(answer)
    answer.close()
    return found[0]


@pytest.mark.parametrize("charset", ["hex", "idna", "undefined", "utf-16", "nothing", "\xff", "utf-8"])
@pytest.mark.parametrize("query", ["a=%41", "&" * 3000, "a=%ff%41"])
@pytest.mark.parametrize("path", ["/events/", "/api/analytics/top/blog/", "/dashboard/login", "/nothing"])
@pytest.mark.parametrize("type", ["application/json", FORM, "multipart/form-data; boundary=x"])
def test_no_charset_and_no_query_is_a_failure(path, query, charset, type):
    assert 200 <= status_of(f"{path}?{query}", f"{type}; charset={charset}") < 500


@pytest.mark.django_db(transaction=True)  # the handler closes the connection
@pytest.mark.parametrize(("charset", "status"), [("utf8", 201), ("UTF-8", 201), ("latin-1", 400), ("hex", 400)])
def test_a_form_is_utf8(settings, charset, status):
    settings.IDEEZA_API_OPEN = True
    event = b"session_id=s&category=c&name=n&data={}"
    assert status_of("/events/", f"{FORM}; charset={charset}", event) == status
