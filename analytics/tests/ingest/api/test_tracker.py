"""The tracker script, as it is served."""

import gzip

from analytics.ingest.api.tracker import script


def test_the_script_fits_in_a_kilobyte():
    assert len(script().packed) <= 1024
    assert gzip.decompress(script().packed) == script().plain


def test_the_script_is_served_to_any_origin_compressed_and_cacheable(client, db):
    response = client.get("/tracker.js", headers={"Origin": "https://example.com", "Accept-Encoding": "gzip, br"})
    assert response.headers["Content-Encoding"] == "gzip"
    assert response.headers["Content-Type"].startswith("text/javascript")
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert "max-age" in response.headers["Cache-Control"]
    assert "Set-Cookie" not in response.headers
    again = client.get("/tracker.js/", headers={"If-None-Match": response.headers["ETag"]})
    assert again.status_code == 304
    assert client.get("/tracker.js").content == script().plain
