"""`POST /api/analytics/query/`, from the request to the response."""

import csv
import json
from datetime import date
from io import StringIO

import pytest
from django.urls import reverse

from analytics.access.flow.create_key import create_key
from analytics.warehouse.api import views
from tally.errors import BadQuestion
from tally.question import NotHeld

URL = "/api/analytics/query/"
PROBLEM = "application/problem+json"
REFUSAL = NotHeld("No roll-up holds device and os.", "Declare device+os in IDEEZA_ROLLUPS.", "device+os")
HOSTILE = [
    b"",
    b"null",
    b"[]",
    b"[{}]",
    b'"views"',
    b"{",
    b"\xff\xfe{\x00",
    b'{"limit": NaN}',
    b'{"limit": 1e400}',
    b'{"limit": ' + b"9" * 5000 + b"}",
    b'{"offset": 9223372036854775808}',
    b'{"time_zone": "\\ud800"}',
    b'{"\\udfff": 1}',
    b'{"\\u0000": "\\u0000"}',
    b'{"filters": ' + b'{"not":' * 50_000 + b"}",
    b'{"filters": ' + b'{"not":' * 400 + b"1" + b"}" * 401,
    b'{"filters": {"in": {"blog": [' + b"1," * 20_000 + b"1]}}}",
    b'{"dimensions": [' + b"[" * 900 + b"]" * 900 + b"]}",
    b'{"metrics": [' + b'"views",' * 50_000 + b'"views"]}',
    b'{"order_by": [' + b'["views","asc"],' * 20_000 + b'["views","asc"]]}',
    b'{"range": {"start_date": "9999-12-31T23:59:59-23:59", "end_date": "0001-01-01"}}',
    b'{"range": {"year": 1e3}}',
    b'{"compare": {"compare": {"compare": {}}}}',
    b'{"__proto__": {}}',
]


@pytest.fixture
def query(client):
    def post(body=None, accept="application/json", data=None):
        sent = json.dumps(body or {}) if data is None else data
        return client.post(URL, sent, content_type="application/json", headers={"Accept": accept})

    return post


@pytest.fixture
def refusing(monkeypatch, db):
    def refuse(question, today):
        raise REFUSAL

    monkeypatch.setattr(views, "answer_question", refuse)


def test_the_name_of_the_url_is_query(client, warehouse):
    assert reverse("query") == URL
    assert client.post(URL.rstrip("/"), {}, content_type="application/json").status_code == 200
    assert client.get(URL).status_code == 405


def test_an_empty_body_asks_for_everything(query, warehouse):
    answer = query().json()
    assert answer["rows"] == [{"views": 9, "blogs": 3}]
    assert answer["meta"]["distinct"] == {"blogs": "exact"}
    assert (answer["meta"]["pending_days"], answer["meta"]["rows_before_limit"]) == (0, 1)


def test_countries_have_their_code_and_the_unknown_one_is_null(query, warehouse):
    rows = query({"dimensions": ["country"], "metrics": ["views"]}).json()["rows"]
    assert [(row["country"] and row["country"]["code"], row["views"]) for row in rows] == [
        ("DE", 4),
        (None, 3),
        ("US", 2),
    ]


def test_the_repeated_question_has_the_same_answer(query, warehouse):
    first = query({"dimensions": ["time:month"], "range": "year", "include": ["totals", "gaps"]}).json()
    assert first["totals"] == {"views": 9, "blogs": 3}
    assert query(first["query"]).json() == first


def test_rows_come_as_csv_and_as_lines(query, warehouse):
    body = {"dimensions": ["blog"], "metrics": ["views"], "limit": 2}
    table = list(csv.DictReader(StringIO(query(body, "text/csv").content.decode(), newline="")))
    lines = [json.loads(line) for line in query(body, "application/x-ndjson").content.splitlines()]
    rows = query(body).json()["rows"]
    assert lines == rows
    assert [(row["blog.title"], row["views"]) for row in table] == [("Cats", "6"), ("Dogs", "2")]
    assert [int(row["blog.id"]) for row in table] == [row["blog"]["id"] for row in rows]


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "application/x-ndjson"])
def test_every_format_has_the_headers(query, warehouse, accept):
    answer = query({"dimensions": ["country"]}, accept)
    assert answer["X-Summaries-As-Of"] == "2024-03-10T12:00:00+00:00"
    assert (answer["X-Pending-Days"], answer["X-Distinct"]) == ("0", "exact")


@pytest.mark.parametrize("accept", ["application/json", "text/csv", "*/*"])
def test_errors_are_json_that_names_the_field(query, db, accept):
    answer = query({"limit": 0}, accept)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
    assert answer.json() == {"limit": ["Ensure this value is greater than or equal to 1."]}


def test_errors_are_problem_details_for_clients_that_name_these(query, db):
    answer = query({"limit": 0}, f"text/csv, {PROBLEM}")
    assert (answer.status_code, answer["Content-Type"]) == (400, PROBLEM)
    assert answer.json()["errors"] == {"limit": ["Ensure this value is greater than or equal to 1."]}


def test_a_body_that_is_not_json_is_a_problem_too(query, db):
    answer = query(accept=PROBLEM, data="{")
    assert (answer.status_code, answer.json()["title"]) == (400, "Bad Request")
    assert answer.json()["detail"].startswith("The body is not JSON")


def test_what_is_not_held_is_refused_with_what_to_declare(query, refusing):
    answer = query()
    assert answer.status_code == 422
    assert answer.json() == {
        "detail": "No roll-up holds device and os. Declare device+os in IDEEZA_ROLLUPS.",
        "reason": "No roll-up holds device and os.",
        "remedy": "Declare device+os in IDEEZA_ROLLUPS.",
        "declare": "device+os",
    }
    problem = query(accept=PROBLEM).json()
    assert (problem["status"], problem["declare"], problem["type"]) == (422, "device+os", "about:blank")


def test_a_question_that_the_planner_finds_contradictory_is_400(query, db, monkeypatch):
    def refuse(question, today):
        raise BadQuestion("an hour of a year")

    monkeypatch.setattr(views, "answer_question", refuse)
    answer = query()
    assert (answer.status_code, answer.json()) == (400, {"non_field_errors": ["an hour of a year"]})


def test_a_series_that_is_too_long_to_fill_is_refused(query, warehouse):
    body = {
        "dimensions": ["time:day"],
        "include": ["gaps"],
        "range": {"start_date": "1971-01-01", "end_date": "2198-12-31"},
    }
    answer = query(body)
    assert (answer.status_code, list(answer.json())) == (400, ["gaps"])


@pytest.mark.parametrize("data", HOSTILE)
def test_a_hostile_body_is_answered_or_refused(query, db, data):
    answer = query(data=data)
    assert answer.status_code == 400 or (answer.status_code, data) == (200, b"")
    assert answer.json()


@pytest.mark.parametrize(
    ("data", "named"),
    [
        (b'{"limit": 5, "limit": 6}', "limit"),
        (b'{"range": {"year": 2023, "year": 2024}}', "year"),
        (b'{"filters": {"eq": {"country": "DE", "c\\u006funtry": "FR"}}}', "country"),
    ],
)
def test_a_name_that_stands_twice_is_refused(query, db, data, named):
    answer = query(data=data)
    assert (answer.status_code, answer.json()) == (400, {named: ["Stands twice in one object."]})


def test_an_unknown_query_parameter_is_refused(client, db):
    answer = client.post(f"{URL}?limit=5", {}, content_type="application/json")
    assert (answer.status_code, list(answer.json())) == (400, ["limit"])


def test_a_token_or_a_key_for_questions_is_needed(client, db, settings):
    settings.IDEEZA_API_OPEN = False
    ask = {"content_type": "application/json", "headers": {"Accept": PROBLEM}}
    refused = client.post(URL, {}, **ask)
    assert (refused.status_code, refused["Content-Type"], refused.json()["status"]) == (401, PROBLEM, 401)
    assert refused["WWW-Authenticate"].startswith("Bearer")
    key = create_key("nightly", [], ["query"])
    assert client.post(URL, {}, content_type="application/json", headers={"X-API-Key": key}).status_code == 200


def test_the_last_days_are_those_of_the_clock(query, warehouse):
    assert query({"range": "week"}).json()["query"]["range"] == {
        "start_date": "2024-03-04",
        "end_date": date(2024, 3, 10).isoformat(),
    }


@pytest.mark.parametrize(
    "path, dimension, name",
    [
        ("blog-views/country", "country", lambda value: value["code"] if value else "Unknown"),
        ("blog-views/user", "author", lambda value: value),
        ("top/blog", "blog", lambda value: value["title"]),
        ("performance", "time:month", str),
    ],
)
@pytest.mark.parametrize("body", [{}, {"range": "month"}, {"filters": {"not": {"eq": {"country": "DE"}}}}])
def test_the_endpoints_of_one_kind_of_question_count_the_same(query, lines, warehouse, path, dimension, name, body):
    other = {"compare": "month"} if path == "performance" else {}
    rows = query({**body, "dimensions": [dimension]}).json()["rows"]
    found = sorted((name(row[dimension.partition(":")[0]]), row["views"], row["blogs"]) for row in rows)
    if path == "performance":  # a label is a day and its blogs, as in "2024-03-01 (3 blogs)"
        points = [(x.split()[0], y, int(x.split("(")[1].split()[0])) for x, y, _ in lines(f"{path}/", body | other)]
    elif path == "top/blog":  # its third number counts countries
        points, found = (
            sorted((x, y) for x, y, _ in lines(f"{path}/", body)),
            [(title, views) for title, views, _ in found],
        )
    else:
        points = sorted((x, z, y) for x, y, z in lines(f"{path}/", body))
    assert points == found
    assert points
