"""Bodies without a length reach the views through the real server."""

import http.client
import json
from contextlib import closing

from analytics.tests.processes.web_and_workers import web_server

EVENT = {"session_id": "s", "category": "c", "name": "n"}


def send_in_chunks(port: int, path: str, body: bytes) -> tuple[int, object]:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        pieces = (body[at : at + 7] for at in range(0, len(body), 7))
        connection.request("POST", path, pieces, {"Content-Type": "application/json"}, encode_chunked=True)
        answer = connection.getresponse()
        return answer.status, json.load(answer)


def test_what_is_sent_in_chunks_is_read(empty, tmp_path):
    with web_server(tmp_path, workers=1) as server:
        status, stored = send_in_chunks(server.port, "/events/", json.dumps(EVENT).encode())
        assert (status, stored["session_id"]) == (201, "s")
        status, problems = send_in_chunks(server.port, "/api/analytics/top/blog/", b'{"limit": 0}')
        assert (status, list(problems)) == (400, ["limit"])
        assert send_in_chunks(server.port, "/events/", b"[" + b" " * 1_000_000 + b"]")[0] == 413
