"""Bodies that are not JSON, too large or of another type."""

import pytest

ALL = "/api/analytics/performance/", "/api/analytics/top/user/", "/api/analytics/blog-views/country/"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b'{"year": NaN}', b"[" * 100_000])
def test_what_is_not_json_is_400(db, client, body):
    response = client.post(ALL[0], body, content_type="application/json")
    assert response.status_code == 400
    assert "not JSON" in response.json()["detail"]


@pytest.mark.parametrize("body", [b"[]", b"7", b'"text"', b"null", b"true"])
def test_json_that_is_no_object_is_400(db, client, body):
    assert client.post(ALL[0], body, content_type="application/json").status_code == 400


def test_a_body_of_megabytes_is_413_and_a_form_is_415(db, client):
    large = client.post(ALL[0], b" " * 1_000_001, content_type="application/json")
    assert (large.status_code, "1000000" in large.json()["detail"]) == (413, True)
    assert client.post(ALL[0], {"year": "2024"}).status_code == 415
