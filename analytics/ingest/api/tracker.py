"""Serve the tracker, the script that pages of other sites load: at most 1 KB in transfer."""

import gzip
import hashlib
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import condition

from analytics.http.api_errors import safe_only

SOURCE = Path(__file__).with_name("tracker.min.js")
"""What is served; `make tracker` writes it from `tracker.js`."""
CACHE_SECONDS = 3600


class Script(NamedTuple):
    plain: bytes
    packed: bytes
    tag: str


@cache
def script() -> Script:
    plain = SOURCE.read_bytes()
    return Script(plain, gzip.compress(plain, 9, mtime=0), f'W/"{hashlib.sha256(plain).hexdigest()[:16]}"')


@safe_only
@condition(etag_func=lambda request: script().tag)
def tracker(request: HttpRequest) -> HttpResponse:
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        script().packed if packed else script().plain, content_type="text/javascript; charset=utf-8"
    )
    if packed:
        response["Content-Encoding"] = "gzip"
    response["Cache-Control"] = f"public, max-age={CACHE_SECONDS}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    patch_vary_headers(response, ["Accept-Encoding"])
    return response
