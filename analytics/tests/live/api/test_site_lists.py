"""The root, users, domains, pages and page diffs, as their published clients request them."""

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from analytics.models import Page
from analytics.tests.live.api.conftest import KEY
from analytics.tests.visit_factory import HOST, START, after, show_visitors, store_visits, visit

pytestmark = pytest.mark.django_db


def basic(name, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()}


def test_the_root_lists_exactly_four(client, db):
    User.objects.create_user("admin", password="admin")
    assert client.get("/api/").status_code == 401
    for url in ("/api", "/api/"):
        response = client.get(url, headers=basic("admin", "admin"))
        assert response.json() == {
            name: f"http://testserver/api/{name}/" for name in ("users", "domains", "visits", "pagediffs")
        }


def test_the_root_takes_what_clients_send_to_every_address(client, closed):
    User.objects.create_user("admin", password="admin")
    query, admin = f"/api/?apikey={KEY}&limit=", basic("admin", "admin")
    assert len(client.get(f"{query}10", headers=admin).json()) == 4
    assert client.get(f"{query}10").status_code == 401
    for wrong, field in (("101", "limit"), ("10&offset=1", "offset")):
        assert list(client.get(query + wrong, headers=admin).json()) == [field]


def test_users_are_shown_to_staff(client, db):
    User.objects.create_user("ann", password="a")
    User.objects.create_user("root", password="r", is_staff=True)
    assert client.get("/api/users/").status_code == 401
    assert client.get("/api/users/", headers=basic("ann", "a")).status_code == 403
    users = client.get("/api/users/", headers=basic("root", "r")).json()
    assert [user["username"] for user in users["results"]] == ["ann", "root"]
    assert "password" not in str(users)


@pytest.fixture
def three_domains(closed):
    store_visits([visit("/a", 1, host=host) for host in ("one.org", "two.org", "three.org")])


def test_domains_are_listed_with_name_and_limit(client, three_domains):
    first = client.get(f"/api/domains/?apikey={KEY}&limit=2").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (3, 2, None)
    assert set(first["results"][0]) == {"id", "creation_time", "name"}
    assert KEY not in first["next"]
    second = client.get(first["next"], headers={"X-API-Key": KEY}).json()
    assert (len(second["results"]), second["next"]) == (1, None)
    assert client.get(second["previous"], headers={"X-API-Key": KEY}).json() == first
    assert [each["name"] for each in client.get(f"/api/domains/?apikey={KEY}&name=Two.org").json()["results"]] == [
        "two.org"
    ]
    assert client.get(f"/api/domains/?apikey={KEY}&limit=0").json()["next"] is None


@pytest.mark.parametrize("limit", ["-1", "101", "x", "1.5", "", "9" * 99])
def test_a_bad_limit_is_named(client, three_domains, limit):
    for url in ("domains/?", "visits/?", "pages/?", f"pagediffs/?domain={HOST}&"):
        response = client.get(f"/api/{url}apikey={KEY}&limit={limit}")
        assert response.status_code == 400
        assert list(response.json()) == ["limit"]


def test_pages_have_their_visits_in_all(client, closed):
    store_visits([visit("/a", 1), visit("/a", 2), visit("/b", 1), visit("/b", 1, 5, is_beat=True)])
    store_visits([visit("/a", 1, 9)])
    pages = client.get(f"/api/pages/?apikey={KEY}&domain={HOST}").json()["results"]
    assert [(page["path"], page["visitors"]) for page in pages] == [("/a", 3), ("/b", 1)]


def changes(client, **query):
    response = client.get("/api/pagediffs/", {"apikey": KEY, "domain": HOST, **query})
    assert response.status_code == 200, response.content
    return [(each["path"], each["change"]) for each in response.json()["results"]]


@pytest.fixture
def three_snapshots(closed, set_clock):
    show_visitors({"/a": 1, "/b": 5, "/c": 3, "/gone": 4, "/same": 2}, 0)
    show_visitors({"/a": 4, "/b": 1, "/c": 6, "/new": 9, "/same": 2}, 5)
    show_visitors({"/a": 9, "/b": 1, "/c": 5, "/same": 2}, 10)
    set_clock(10)


def test_page_diffs_are_between_the_last_two_snapshots(client, three_snapshots):
    assert changes(client) == [("/a", 5)]
    assert changes(client, direction="down") == [("/c", -1)]
    assert changes(client, direction="both") == [("/a", 5), ("/c", -1), ("/b", 0), ("/same", 0)]
    for moment in (START, after(5), after(3600)):
        assert changes(client, from_time=moment.isoformat(), to_time=moment.isoformat()) == [("/a", 5)]


def test_page_diffs_between_two_times_take_the_last_snapshot_before_each(client, three_snapshots):
    times = {"from_time": after(4.9).isoformat(), "to_time": after(9.9).isoformat()}
    assert changes(client, **times) == [("/a", 3), ("/c", 3)]
    assert changes(client, **times, direction="down") == [("/b", -4)]
    assert changes(client, from_time=START.isoformat()) == [("/a", 8), ("/c", 2)]
    assert changes(client, to_time=after(5).strftime("%Y-%m-%d %H:%M:%S")) == [("/a", 3), ("/c", 3)]


def test_page_diffs_need_two_snapshots(client, three_snapshots):
    assert changes(client, from_time=(START - timedelta(seconds=1)).isoformat()) == []
    assert changes(client, to_time=START.isoformat()) == []
    assert changes(client, domain="nobody.org") == []


def test_a_page_diff_has_its_title(client, three_snapshots):
    (line,) = client.get(f"/api/pagediffs?apikey={KEY}&domain={HOST}").json()["results"]
    assert line == {"path": "/a", "subject": "Title of /a", "change": 5}


def test_the_next_page_keeps_the_parameters(client, three_snapshots):
    first = client.get(f"/api/pagediffs/?apikey={KEY}&domain={HOST}&direction=both&limit=3").json()
    assert (first["count"], len(first["results"])) == (4, 3)
    second = client.get(first["next"], headers={"X-API-Key": KEY}).json()
    assert [each["path"] for each in second["results"]] == ["/same"]


def test_lists_have_pages_of_ten(client, closed, set_clock):
    show_visitors({f"/{number}": 1 for number in range(25)}, 0)
    show_visitors({f"/{number}": 2 + number for number in range(25)}, 5)
    set_clock(5)
    key = {"headers": {"X-API-Key": KEY}}
    url, sizes, paths = f"/api/pagediffs/?domain={HOST}&page=1", [], []
    while url:
        answer = client.get(url, **key).json()
        sizes.append(len(answer["results"]))
        paths += [each["path"] for each in answer["results"]]
        before, url = url, answer["next"]
    assert (sizes, paths) == ([10, 10, 5], [f"/{number}" for number in range(24, -1, -1)])
    assert "page=3" in before and "page=2" in client.get(before, **key).json()["previous"]
    assert len(client.get(f"/api/pagediffs/?domain={HOST}", **key).json()["results"]) == 10
    assert len(client.get(f"/api/pagediffs/?domain={HOST}&limit=0", **key).json()["results"]) == 25
    second = client.get(f"/api/pagediffs/?domain={HOST}&page=2&page_size=20", **key).json()
    assert (len(second["results"]), second["next"], "page_size=20" in second["previous"]) == (5, None, True)
    for wrong in ("page=0", "page=x", "page_size=101", "page=1&limit=5", "page_size=5&offset=1"):
        assert client.get(f"/api/pagediffs/?domain={HOST}&{wrong}", **key).status_code == 400


@pytest.mark.parametrize(
    "query, field",
    [
        ({"domain": ""}, "domain"),
        ({"direction": "sideways"}, "direction"),
        ({"from_time": "yesterday"}, "from_time"),
        ({"to_time": "2024-13-01"}, "to_time"),
        ({"from_time": "2024-03-02", "to_time": "2024-03-01"}, "to_time"),
        ({"from_time": "9999-12-31T23:59:59-12:00"}, "from_time"),
        ({"domain": "a\0b"}, "domain"),
    ],
)
def test_a_bad_parameter_of_page_diffs_is_named(client, three_snapshots, query, field):
    response = client.get("/api/pagediffs/", {"apikey": KEY, "domain": HOST, **query})
    assert response.status_code == 400
    assert list(response.json()) == [field]


def test_page_diffs_of_no_domain_are_refused(client, closed):
    assert client.get(f"/api/pagediffs/?apikey={KEY}").json() == {"domain": ["This field is required."]}


def test_a_request_takes_the_snapshot_that_is_due(client, closed, set_clock):
    store_visits([visit("/a", 1, -1)])
    set_clock(0)
    assert changes(client) == []
    store_visits([visit("/a", number, 4) for number in (1, 2, 3)])
    set_clock(6.5)
    assert changes(client) == [("/a", 2)]
    assert Page.objects.count() == 1


@pytest.mark.parametrize("url", ["/api/collect", "/api/v1.0/concurrents", "/api/pagediffs/"])
def test_another_method_is_405(client, db, url):
    response = client.put(url)
    assert response.status_code == 405
    assert "detail" in response.json()
