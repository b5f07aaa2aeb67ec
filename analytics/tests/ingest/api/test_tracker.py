"""The tracker script, as it is served."""

import gzip
import hashlib

from analytics.ingest.api.tracker import SOURCE, script


def test_the_script_fits_in_a_kilobyte():
    assert len(script().packed) <= 1024
    assert gzip.decompress(script().packed) == script().plain


def test_the_script_is_minified_from_its_source_as_it_is():
    digest = hashlib.sha256(SOURCE.with_name("tracker.js").read_bytes()).hexdigest()[:12]
    assert digest in script().plain.decode().partition("\n")[0], "run `make tracker`"


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
