"""Lines of access logs, well-formed and malformed."""

import gzip
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.sources.files import formats, json_logs, tables
from analytics.sources.files.access_logs import HostPlace, Layout, log_reader
from analytics.sources.files.extended_logs import ExtendedReader
from analytics.sources.files.json_logs import JsonReader
from analytics.sources.files.load_balancer_logs import load_balancer_reader
from analytics.sources.files.log_record import LogRecord, Reason, Skip
from analytics.sources.files.page_requests import PageFinder, PageRules
from analytics.sources.messages.timestamps import SECOND

LINE = '203.0.113.9 - - [17/May/2015:10:05:03 +0000] "GET /a/ HTTP/1.1" 200 203 "-" "Opera/9.80"'
AT = 1431857103 * SECOND
PAGES = PageFinder(PageRules("here"))
COMMON, COMBINED = (log_reader(Layout(has_agents=has_agents), PAGES) for has_agents in (False, True))
FIELDS = "#Fields: date time cs-uri-stem c-ip cs-method sc-status"
READERS = [
    COMMON,
    COMBINED,
    *(log_reader(Layout(host), PAGES) for host in HostPlace),
    log_reader(Layout(client_field=1), PAGES),
    *(
        JsonReader(server, PAGES, logs_agents=True, client_field="x")
        for server in (json_logs.NGINX, json_logs.CADDY, json_logs.TRAEFIK)
    ),
    ExtendedReader([FIELDS], PAGES),
    load_balancer_reader(PAGES),
    lambda line: tables.json_row(line, "here"),
    tables.csv_reader("timestamp,url,ip,viewer,country_code", "here"),
]


def parsed(line: str) -> LogRecord | Reason:
    try:
        return COMBINED(line)
    except Skip as skip:
        return skip.reason


def with_request(request: str) -> str:
    return LINE.replace("GET /a/ HTTP/1.1", request)


def test_a_line_has_a_client_a_page_and_a_time():
    assert parsed(LINE) == LogRecord(AT, "here/a/", client="203.0.113.9", agent="Opera/9.80")


def test_the_common_format_has_no_user_agent():
    line, _, _ = LINE.partition(' "-"')
    assert COMMON(line) == LogRecord(AT, "here/a/", client="203.0.113.9", agent=None)
    assert parsed(line) is Reason.MALFORMED


@pytest.mark.parametrize(
    "line",
    [
        LINE + ' 0.123 "more"',
        LINE.replace(" 203 ", " - "),
        LINE.replace("- - [", "- Jo Doe [1] ["),
        LINE.replace("Opera/9.80", r"Op\"era\\"),
        LINE.replace('"-"', r'"http://x/?q=\"a b\""'),
        with_request("GET /a/"),
        with_request("GET /a/?q=1#top HTTP/2.0"),
        with_request("GET /a/#?not=a-query HTTP/1.0"),
    ],
)
def test_irrelevant_parts_of_a_line_are_ignored(line):
    assert parsed(line).url == "here/a/"


def test_an_address_may_be_of_ipv6_or_a_name():
    assert parsed(LINE.replace("203.0.113.9", "2001:db8::1")).client == "2001:db8::1"
    assert parsed(LINE.replace("203.0.113.9", "crawl-9.example.com")).client == "crawl-9.example.com"


def test_a_dash_for_a_user_agent_is_none_at_all():
    assert parsed(LINE.replace("Opera/9.80", "-")).agent == ""


@pytest.mark.parametrize(
    "line",
    [
        "",
        "-",
        LINE[:-1],
        LINE[:60],
        LINE.replace("17/May", "31/Feb"),
        LINE.replace("May", "Mai"),
        LINE.replace("10:05:03", "24:05:03"),
        LINE.replace("+0000", "UTC"),
        LINE.replace(" 200 ", " ok "),
        LINE.replace("GET /a/", 'GET /"a/'),
    ],
)
def test_a_line_that_is_not_whole_is_malformed(line):
    assert parsed(line) is Reason.MALFORMED


@pytest.mark.parametrize(
    "line, reason",
    [
        (with_request("HEAD /a/ HTTP/1.1"), Reason.METHOD),
        (with_request("POST /a/ HTTP/1.1"), Reason.METHOD),
        (with_request("PROPFIND /a/ HTTP/1.1"), Reason.METHOD),
        (with_request("-"), Reason.METHOD),
        (with_request(r"\x16\x03\x01"), Reason.METHOD),
        (with_request(""), Reason.METHOD),
        (with_request("GET"), Reason.FILE),
        (LINE.replace(" 200 ", " 404 "), Reason.STATUS),
        (LINE.replace(" 200 ", " 206 "), Reason.STATUS),
        (LINE.replace(" 200 ", " 301 "), Reason.STATUS),
        (with_request("GET http://elsewhere.example/ HTTP/1.1"), Reason.FILE),
        (with_request("GET /a/?flav=rss20 HTTP/1.1"), Reason.FEED),
        (with_request("GET /a/logo.png HTTP/1.1"), Reason.FILE),
        (with_request(f"GET /{'a' * 600} HTTP/1.1"), Reason.LONG_URL),
        (LINE.replace("2015", "1969"), Reason.TIME),
        (LINE.replace("2015", "2200"), Reason.TIME),
    ],
)
def test_each_line_that_is_no_view_says_why(line, reason):
    assert parsed(line) is reason


def test_a_page_that_the_reader_has_already_is_seen_again():
    assert parsed(LINE.replace(" 200 ", " 304 ")).url == "here/a/"


def test_a_time_is_moved_to_utc():
    assert parsed(LINE.replace("10:05:03 +0000", "12:35:03 +0230")).at == AT
    assert parsed(LINE.replace("17/May/2015:10:05:03 +0000", "16/May/2015:22:05:03 -1200")).at == AT


@pytest.mark.parametrize("read", READERS)
@given(text=st.text())
def test_no_text_makes_a_reader_raise(read, text):
    try:
        assert (found := read(text)) is None or found.at >= 0
    except Skip as skip:
        assert skip.reason in Reason


LOGGED = [
    '{"ts": 1.5, "request": {"client_ip": "::1", "method": "GET", "uri": "/a", "headers": {"X": ["y"]}}}',
    '{"StartUTC": "2015-05-17T10:05:03.123456789Z", "RequestPath": "/", "DownstreamStatus": 200}',
    '{"time_local": "17/May/2015:10:05:03 +0000", "request": "GET / HTTP/1.1", "status": "200", "msec": 1}',
    "2015-05-17 10:05:03 /a 8.8.8.8 GET 200",
    'h2 2015-05-17T10:05:03.1Z app/a/b 8.8.8.8:1 - 0.1 0.1 0.1 200 200 1 1 "GET http://a:80/ HTTP/1.1" "Opera" - -',
]
FRAGMENTS = ['"', "\\", " ", "[", "]", "-", "/", "%", "{", "}", ":", ",", "\0", "\ud800", "é", "٣", "9" * 30, "GET /"]


@pytest.mark.parametrize("read", READERS)
@given(data=st.data())
def test_no_damage_to_a_real_line_makes_a_reader_raise(read, data):
    row = '{"timestamp": "2015-05-17T10:05:03", "url": "https://[::1]/a", "viewer": "ada"}'
    line = data.draw(st.sampled_from([LINE, row, "2015-05-17,http://a/b?c,::1,ada,de", *LOGGED]))
    at, end = (data.draw(st.integers(0, len(line))) for _ in range(2))
    damaged = line[:at] + data.draw(st.sampled_from(FRAGMENTS)) + line[end:]
    test_no_text_makes_a_reader_raise.hypothesis.inner_test(read, damaged)


def test_a_hostile_line_costs_no_more_than_its_length():
    """Each of these takes minutes with a regular expression that backtracks."""
    stamp = "[17/May/2015:10:05:03 +0000] "
    for hostile in (
        " [" * 30_000,
        f'a - {stamp * 2_000}"',
        f'a - - {stamp}"' + '\\"' * 30_000,
        with_request("GET" + " " * 60_000),
        "a, " * 20_000,
        "," * 60_000,
        f'{stamp}"' * 2_000,
        ' 1 "x' * 10_000,
        '"' * 60_001,
        "{" * 60_000,
        "https " + "2015-05-17T10:05:03Z" * 3_000,
    ):
        formats.form_of(hostile)
        for read in READERS:
            with suppress(Skip):
                read(hostile)


def test_the_log_in_this_repository_is_understood_but_for_its_one_broken_line():
    with gzip.open("analytics/tests/data/access.log.gz", "rt", errors="replace") as lines:
        reasons = [parsed(line.rstrip("\n")) for line in lines]
    assert len(reasons) == 10_000
    assert [number for number, said in enumerate(reasons, 1) if said is Reason.MALFORMED] == [8899]


def test_a_page_is_one_page_however_its_path_is_escaped():
    line = '192.0.2.1 - - [17/May/2015:10:05:03 +0000] "GET {} HTTP/1.1" 200 1 "-" "Opera"'
    paths = ("/%D0%BF", "/%d0%bf", "/п", "//x/../%D0%BF", r"/\xD0\xBF")
    assert {COMBINED(line.format(path)).url for path in paths} == {"here/%D0%BF"}
