"""Each request has an id, and a line in the log where that is switched on."""

import logging
import re

import pytest

from analytics.logs import request_id


def test_an_id_that_a_proxy_gave_is_answered(client):
    answer = client.get("/healthz", headers={"X-Request-ID": "a1.b2_c3-d4"})
    assert answer["X-Request-ID"] == "a1.b2_c3-d4" == request_id.get()


@pytest.mark.parametrize("given", [None, "", "a b", "a\nb", "x" * 65, "é"])
def test_without_a_sane_id_one_is_made(client, given):
    headers = {} if given is None else {"X-Request-ID": given}
    first, second = (client.get("/healthz", headers=headers)["X-Request-ID"] for _ in range(2))
    assert re.fullmatch("[0-9a-f]{32}", first) and first != second


def test_a_refused_request_has_an_id_too(client):
    for answer in (client.get("/nothing"), client.get("/healthz", headers={"Host": "evil.example"})):
        assert answer.status_code in (400, 404) and answer["X-Request-ID"]


def test_the_access_line_has_no_query(client, settings, caplog):
    caplog.set_level(logging.INFO, "ideeza.access")
    settings.IDEEZA_ACCESS_LOG = True
    client.get("/nothing/%0Ahere?apikey=secret")
    (line,) = [each for each in caplog.records if each.name == "ideeza.access"]
    assert re.fullmatch(r"GET /nothing/%0Ahere 404 \d+\.\d ms", line.getMessage())
    assert set(line.fields) == {"method", "path", "status", "milliseconds"}


def test_without_the_setting_there_is_no_access_line(client, caplog):
    caplog.set_level(logging.INFO, "ideeza.access")
    client.get("/healthz")
    assert "ideeza.access" not in [each.name for each in caplog.records]


def test_a_refused_host_is_logged_with_its_name(client, caplog):
    assert client.get("/healthz/", headers={"Host": "evil.example"}).status_code == 400
    assert "'evil.example'" in caplog.text
