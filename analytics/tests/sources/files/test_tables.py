"""Rows of CSV and JSON lines."""

import pytest

from analytics.sources.contexts import Campaign
from analytics.sources.files import tables
from analytics.sources.files.log_record import LogRecord, Skip
from analytics.sources.messages.timestamps import SECOND

AT = 1431857103 * SECOND


def test_columns_may_stand_in_any_order_and_others_are_ignored():
    read = tables.csv_reader("Country_Code, likes ,timestamp,url,viewer,ip", "")
    assert read('de,"1,000",2015-05-17T10:05:03Z,https://A.example/b?c,ada,192.0.2.1') == LogRecord(
        AT, "a.example/b", client="192.0.2.1", country="DE", viewer="ada"
    )


def test_empty_fields_are_missing_fields():
    read = tables.csv_reader("timestamp,url,blog_id,viewer,ip,country_code", "")
    assert read("2015-05-17 10:05:03,a.example/b,,,,") == LogRecord(AT, "a.example/b")


def test_a_blog_id_counts_when_there_is_a_url_too():
    assert tables.csv_reader("timestamp,url,blog_id", "")("2015-05-17 10:05:03,a.example/b,7") == LogRecord(
        AT, blog_id=7
    )


def test_json_lines_mean_the_same():
    assert tables.json_row('{"timestamp":"2015-05-17T10:05:03","blog_id":7,"likes":[]}', "") == LogRecord(AT, blog_id=7)


@pytest.mark.parametrize("header", ["", "url", "timestamp", "timestamp,path", 'timestamp,"url'])
def test_a_header_must_name_what_a_view_needs(header):
    with pytest.raises((tables.NoTable, Skip)):
        tables.columns(header)


@pytest.mark.parametrize(
    "row",
    [
        "2015-05-17",
        "2015-05-17,a/b,,more",
        ",a/b,",
        "17.5.2015,a/b,",
        "2015-05-17,,",
        "2015-05-17,,seven",
        "2015-05-17,,0",
        "2015-05-17,,9223372036854775808",
        '2015-05-17,"a/b,',
    ],
)
def test_a_row_that_is_no_view_is_malformed(row):
    with pytest.raises(Skip, match="not in the format"):
        tables.csv_reader("timestamp,url,blog_id", "")(row)


@pytest.mark.parametrize(
    "row",
    [
        "[]",
        "{",
        '{"timestamp": 1431857103, "url": "a/b"}',
        '{"timestamp": "2015-05-17", "url": "a/b", "viewer": "a\\u0000"}',
        "[" * 5_000,
    ],
)
def test_an_object_that_is_no_view_is_malformed(row):
    with pytest.raises(Skip, match="not in the format"):
        tables.json_row(row, "")


@pytest.mark.parametrize(
    "text, code",
    [("de", "DE"), ("DEU", "DE"), ("Germany", "DE"), ("UK", "GB"), ("XK", "XK")]
    + [(text, "") for text in ("XX", "T1", "A1", "EU", "Unknown", "-", "", "GER", "12")],
)
def test_a_country_is_a_code_or_a_name_and_anything_else_is_unknown(text, code):
    for column in ("country", "country_code"):
        assert tables.csv_reader(f"timestamp,url,{column}", "")(f"2015-05-17,a/b,{text}").country == code
        assert tables.json_row(f'{{"timestamp": "2015-05-17", "url": "a/b", "{column}": "{text}"}}', "").country == code


def test_a_country_that_is_no_text_is_unknown():
    assert tables.json_row('{"timestamp": "2015-05-17", "url": "a/b", "country": {"code": 7}}', "").country == ""


def test_columns_of_the_context_are_read():
    header = "timestamp,url,visitor,referrer,user_agent,language,utm_source,utm_medium,utm_campaign"
    row = "2015-05-17 10:05:03,a.example/b?utm_source=x&utm_medium=y,ann,https://b.example/,Opera/9.80,de,news,,May"
    assert tables.csv_reader(header, "")(row) == LogRecord(
        AT,
        "a.example/b",
        agent="Opera/9.80",
        referrer="https://b.example/",
        campaign=Campaign("news", "y", "May"),
        language="de",
        visitor="ann",
    )


def test_a_value_of_the_context_that_is_no_text_is_unknown():
    line = '{"timestamp":"2015-05-17T10:05:03","blog_id":7,"referrer":7,"visitor":[],"utm_source":{},"language":null}'
    assert tables.json_row(line, "") == LogRecord(AT, blog_id=7)
