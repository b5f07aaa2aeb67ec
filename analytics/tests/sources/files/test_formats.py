"""Formats are recognised by the content of many lines, and each is read as its server writes it.

The samples follow the servers' documentation: Apache's mod_log_config, nginx's log_format, lighttpd's accesslog,
Caddy's and Traefik's access logs, Microsoft's on IIS, and AWS's on CloudFront and the Application Load Balancer.
"""

import pytest

from analytics.sources.files import formats
from analytics.sources.files.formats import Format, ReadOptions, WrongFormat
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageRules
from analytics.sources.messages.timestamps import SECOND

AGENT = "Mozilla/5.0 (X11; rv:140.0) Firefox/140.0"
AT = 1794304800 * SECOND
"""2026-11-10T10:00:00Z"""
STAMP = "[10/Nov/2026:10:00:00 +0000]"
COMMON = f'8.8.8.8 - - {STAMP} "GET /a HTTP/1.1" 200 12'
COMBINED = f'{COMMON} "https://from.example/" "{AGENT}"'
TRAEFIK = f'{COMMON} "-" "-" 1 "web@docker" "http://172.18.0.3:80" 5ms'
NGINX_JSON = (
    '{"time_iso8601": "2026-11-10T10:00:00+00:00", "remote_addr": "8.8.8.8", "request": "GET /a?b=1 HTTP/2.0", '
    '"status": "200", "host": "www.example.com", "http_referer": "https://from.example/", '
    f'"http_user_agent": "{AGENT}", "http_x_forwarded_for": "8.8.4.4, 10.0.0.1"}}'
)
NGINX_JSON_PARTS = (
    '{"msec": 1794304800.000, "client": "8.8.8.8", "request_method": "GET", "uri": "/a", "args": "b=1", "status": 200, '
    f'"http_host": "www.example.com", "http_referrer": "https://from.example/", "agent": "{AGENT}"}}'
)
CADDY = (
    '{"level": "info", "ts": 1794304800, "logger": "http.log.access.log0", "msg": "handled request", "request": '
    '{"remote_ip": "10.0.0.1", "remote_port": "41342", "client_ip": "8.8.8.8", "proto": "HTTP/2.0", "method": "GET", '
    '"host": "www.example.com:8443", "uri": "/a?b=1", "headers": {"User-Agent": ["AGENT"], "Referer": '
    '["https://from.example/"], "X-Forwarded-For": ["8.8.4.4"]}}, "duration": 0.001, "size": 12, "status": 200}'
).replace("AGENT", AGENT)
TRAEFIK_JSON = (
    '{"ClientAddr": "8.8.8.8:49152", "ClientHost": "8.8.8.8", "ClientPort": "49152", "DownstreamStatus": 200, '
    '"RequestHost": "www.example.com", "RequestMethod": "GET", "RequestPath": "/a?b=1", "RequestProtocol": "HTTP/2.0", '
    '"StartUTC": "2026-11-10T10:00:00.000000123Z", "level": "info", "time": "2026-11-10T10:00:01Z", '
    f'"request_User-Agent": "{AGENT}", "request_Referer": "https://from.example/"}}'
)
IIS = [
    "#Software: Microsoft Internet Information Services 10.0",
    "#Version: 1.0",
    "#Date: 2026-11-10 00:00:00",
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) "
    "cs-host sc-status sc-substatus sc-win32-status time-taken",
    "2026-11-10 10:00:00 10.0.0.4 GET /a b=1 443 - 8.8.8.8 Mozilla/5.0+(X11;+rv:140.0)+Firefox/140.0 "
    "https://from.example/ www.example.com 200 0 0 31",
]
CLOUDFRONT = [
    "#Version: 1.0",
    "#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) "
    "cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header x-forwarded-for",
    "2026-11-10\t10:00:00\tFRA2-C1\t182\t8.8.8.8\tGET\td111.cloudfront.net\t/a\t200\thttps://from.example/\t"
    "Mozilla/5.0%20(X11;%20rv:140.0)%20Firefox/140.0\tb=1\t-\tHit\tabc==\twww.example.com\t8.8.4.4,%2010.0.0.1",
]
ALB = (
    "h2 2026-11-10T10:00:00.000000Z app/my-loadbalancer/50dc6c495c0c9188 8.8.8.8:2817 10.0.0.1:80 0.086 0.048 0.037 "
    f'200 200 0 57 "GET https://www.example.com:443/a?b=1 HTTP/2.0" "{AGENT}" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 '
    "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
    '"Root=1-58337364-23a8c76965a2ef7629b185e3" "www.example.com" "-" 0 2026-11-10T09:59:59.900000Z "forward" "-" "-"'
)


def records(*lines: str, **options) -> list[LogRecord | Reason]:
    read = formats.file_format(lines, ReadOptions(rules=PageRules("here"), **options)).read
    found = []
    for line in lines:
        try:
            found.append(read(line))
        except Skip as skip:
            found.append(skip.reason)
    return [record for record in found if record]


FULL = LogRecord(
    AT,
    "www.example.com/a",
    client="8.8.8.8",
    agent=AGENT,
    referrer="https://from.example/",
    dropped=("b",),
)

LISTED = FULL._replace(client="8.8.8.8, 10.0.0.1", dropped=())


@pytest.mark.parametrize(
    "form, lines, record",
    [
        (Format.COMMON, [COMMON], LogRecord(AT, "here/a", client="8.8.8.8")),
        (Format.COMBINED, [COMBINED], FULL._replace(url="here/a", dropped=())),
        (Format.COMBINED, [COMBINED + ' 0.005 "8.8.4.4"'], FULL._replace(url="here/a", dropped=())),
        (Format.VHOST, ["www.example.com:443 " + COMBINED], FULL._replace(dropped=())),
        (Format.VHOST, ["www.example.com " + COMBINED], FULL._replace(dropped=())),
        (Format.VHOST, ["www.example.com:80 " + COMMON], LogRecord(AT, "www.example.com/a", client="8.8.8.8")),
        (Format.VHOST, [COMBINED.replace(" - - ", " WWW.example.com - ")], FULL._replace(dropped=())),
        (Format.VHOST, [COMBINED.replace(" - - ", " www.example.com:443 - - ")], FULL._replace(dropped=())),
        (Format.VHOST, [COMBINED.replace(" - - ", ", 10.0.0.1 www.example.com - ")], LISTED),
        (Format.VHOST, ["www.example.com:443 " + COMBINED.replace(" -", ", 10.0.0.1 -", 1)], LISTED),
        (Format.TRAEFIK, [TRAEFIK], LogRecord(AT, "here/a", client="8.8.8.8")),
        (Format.TRAEFIK, [TRAEFIK_JSON], FULL),
        (Format.NGINX_JSON, [NGINX_JSON], FULL),
        (Format.NGINX_JSON, [NGINX_JSON_PARTS], FULL),
        (Format.CADDY, [CADDY], FULL),
        (Format.W3C, IIS, FULL),
        (Format.CLOUDFRONT, CLOUDFRONT, FULL),
        (Format.ALB, [ALB], FULL._replace(referrer="")),
        (Format.ALB, [ALB.removeprefix("h2 ")], FULL._replace(referrer="")),
    ],
)
def test_each_format_is_recognised_and_read(form, lines, record):
    assert formats.detect(lines) is form
    assert records(*lines) == records(*lines, form=form) == [record]


@pytest.mark.parametrize(
    "lines",
    [[CADDY], [TRAEFIK_JSON], [NGINX_JSON], IIS, CLOUDFRONT, [ALB], [COMBINED], ["www.example.com " + COMBINED]],
)
def test_a_request_that_got_no_page_is_left_out_in_every_format(lines):
    for found, instead in ((" 200", " 404"), ("GET", "POST"), ("/a", "/a.png")):
        replaced = [line.replace(found, instead).replace("\t200", "\t404") for line in lines]
        replaced = [line.replace('"status": "200"', '"status": "404"') for line in replaced]
        (reason,) = records(*replaced)
        assert reason in (Reason.STATUS, Reason.METHOD, Reason.FILE)


def test_most_lines_decide_not_the_first():
    assert formats.detect(["rubbish", COMMON, COMBINED, COMBINED]) is Format.COMBINED
    assert (
        formats.detect([COMBINED, "www.example.com:80 " + COMBINED, "www.example.com:80 " + COMBINED]) is Format.VHOST
    )


def test_a_line_without_a_site_among_lines_with_one_is_malformed():
    line = "www.example.com:80 " + COMBINED
    assert records(line, line, COMBINED)[2] is Reason.MALFORMED


def test_a_line_whose_site_is_unknown_is_at_the_host_given():
    line = "www.example.com " + COMBINED
    assert records(line, line, "- " + COMBINED)[2].url == "here/a"


@pytest.mark.parametrize("client", ["www.example.com", "localhost", "-"])
def test_a_log_without_any_address_is_refused_unless_the_format_is_given(client):
    line = COMBINED.replace("8.8.8.8", client)
    with pytest.raises(WrongFormat, match=f"line 1: '{client}' stands where the client's address should"):
        records(line, line)
    assert records(line, form=Format.COMBINED)[0].client == client


def test_clients_may_be_logged_by_name():
    lines = [COMBINED.replace("8.8.8.8", name) for name in ("crawl-1.example.com", "dsl-7.example.net")]
    assert [record.client for record in records(*lines)] == ["crawl-1.example.com", "dsl-7.example.net"]
    assert records(COMBINED, lines[0])[1].client == "crawl-1.example.com"


def test_a_log_whose_site_stands_first_is_not_read_as_combined_even_if_asked():
    with pytest.raises(WrongFormat, match="Use --format vhost"):
        records("www.example.com:443 " + COMBINED, form=Format.COMBINED)


def test_without_any_agent_in_a_log_each_line_may_be_of_a_person():
    without = COMBINED.replace(AGENT, "-")
    assert [record.agent for record in records(without, without)] == [None, None]
    assert [record.agent for record in records(without, COMBINED)] == ["", AGENT]
    assert formats.file_format([without], ReadOptions()).notes == [formats.NO_AGENTS]
    assert formats.file_format([COMBINED, without], ReadOptions()).notes == []


@pytest.mark.parametrize("field", ["2", "x-forwarded-for", "http_x_forwarded_for", "X-Forwarded-For"])
def test_a_field_after_the_agent_becomes_the_client_only_when_asked(field):
    lines = [COMBINED + ' 0.005 "8.8.4.4, 10.1.2.3"', COMBINED + ' 0.005 "-"']
    assert [record.client for record in records(*lines)] == ["8.8.8.8", "8.8.8.8"]
    assert [record.client for record in records(*lines, client_field=field)] == ["8.8.4.4, 10.1.2.3", "8.8.8.8"]


@pytest.mark.parametrize(
    "field, lines, client",
    [
        ("http_x_forwarded_for", [NGINX_JSON], "8.8.4.4, 10.0.0.1"),
        ("x-forwarded-for", [CADDY], "8.8.4.4"),
        ("x-forwarded-for", CLOUDFRONT, "8.8.4.4, 10.0.0.1"),
        (
            "x-forwarded-for",
            [TRAEFIK_JSON.replace("request_Referer", "request_X-Forwarded-For")],
            "https://from.example/",
        ),
    ],
)
def test_a_named_field_becomes_the_client_when_asked(field, lines, client):
    assert records(*lines)[0].client == "8.8.8.8"
    assert records(*lines, client_field=field)[0].client == client


@pytest.mark.parametrize("field, line", [("3", COMBINED), ("0", COMBINED), ("x-real-ip", COMBINED), ("x", CADDY)])
def test_a_client_field_that_is_not_there_is_refused(field, line):
    with pytest.raises(WrongFormat, match=f"--client-field {field}"):
        records(line + ' 0.1 "8.8.4.4"' if line is COMBINED else line, client_field=field)


def test_columns_change_where_a_server_started_again():
    again = ["#Fields: time date c-ip cs-method cs-uri-stem sc-status", "10:00:00 2026-11-10 8.8.4.4 GET /z 200"]
    assert records(*IIS, *again) == [FULL, LogRecord(AT, "here/z", client="8.8.4.4")]


def test_a_day_may_stand_in_a_directive_only():
    lines = [
        "#Date: 2026-11-10 09:00:00",
        "#Fields: time c-ip cs-method cs-uri-stem sc-status",
        "10:00:00 8.8.8.8 GET /a 200",
    ]
    assert records(*lines) == [LogRecord(AT, "here/a", client="8.8.8.8")]
    assert formats.file_format(lines, ReadOptions()).notes == [formats.NO_AGENTS]


def test_a_w3c_log_without_columns_is_refused():
    with pytest.raises(WrongFormat, match="#Fields"):
        records(IIS[-1], form=Format.W3C)


def test_messages_of_a_server_are_no_requests():
    message = '{"level": "info", "ts": 1794304800, "logger": "tls", "msg": "cleaning storage unit"}'
    assert records(CADDY, message) == [FULL, Reason.MESSAGE]


def test_escapes_of_nginx_that_are_no_json_are_understood():
    line = NGINX_JSON.replace("Firefox/140.0", r"Firefox/140.0 \x22q\x22")
    assert records(line)[0].agent == f'{AGENT} "q"'


def test_columns_that_are_not_read_are_named():
    found = formats.file_format(["timestamp,url,likes,Country"], ReadOptions())
    assert found.notes == ["Columns that are not read: 'likes'."]
