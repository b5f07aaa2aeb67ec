"""Notes about days: who lists, writes and deletes which."""

import pytest
from django.contrib.auth.models import User
from rest_framework_simplejwt.tokens import AccessToken

from analytics.access.flow.create_key import create_key
from analytics.models import Note, Site, SiteAccess

URL = "/api/analytics/notes/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def people(settings):
    """A user who sees every site, one who sees a.example only, and the administrator."""
    settings.IDEEZA_API_OPEN = False
    a, _ = (Site.objects.create(host=host) for host in ("a.example", "b.example"))
    free, bound, root = (User.objects.create_user(name) for name in ("free", "bound", "root"))
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    SiteAccess.objects.create(user=bound).sites.add(a)
    return {user.username: {"Authorization": f"Bearer {AccessToken.for_user(user)}"} for user in (free, bound, root)}


@pytest.fixture
def write(client, people):
    def post(who, **body):
        body = {"day": "2026-01-05", "text": "Campaign began"} | body
        return client.post(URL, body, content_type="application/json", headers=people[who])

    return post


def test_a_note_is_written_listed_by_day_and_deleted_by_its_author(client, people, write):
    late = write("free", day="2026-02-01", text="  Relaunch ")
    early = write("free", site="A.example:443")
    assert (late.status_code, late.json()["text"], late.json()["site"]) == (201, "Relaunch", None)
    listed = client.get(URL, headers=people["free"]).json()["results"]
    assert listed == [early.json(), late.json()]
    assert early.json() | {"id": 0} == {
        "id": 0,
        "day": "2026-01-05",
        "text": "Campaign began",
        "site": "a.example",
        "author": "free",
    }
    for query, count in (
        ("end_date=2026-01-05", 1),
        ("start_date=2026-01-06", 1),
        ("site=b.org", 0),
    ):
        assert client.get(f"{URL}?{query}", headers=people["free"]).json()["count"] == count
    address = f"{URL}{early.json()['id']}/"
    assert client.delete(address, headers=people["bound"]).status_code == 403
    assert client.delete(address, headers=people["free"]).json() == early.json()
    assert client.delete(address, headers=people["free"]).status_code == 404
    assert client.delete(f"{URL}{late.json()['id']}", headers=people["root"]).status_code == 200
    assert not Note.objects.exists()


def test_a_reader_of_some_sites_lists_and_writes_notes_of_these(client, people, write):
    for site in ({}, {"site": "b.example"}, {"site": "unknown.example"}):
        refused = write("bound", **site)
        assert (refused.status_code, list(refused.json())) == (400, ["site"])
    own = write("bound", site="a.example")
    for site in ({}, {"site": "b.example"}):
        hidden = write("free", **site).json()
        assert client.delete(f"{URL}{hidden['id']}/", headers=people["bound"]).status_code == 404
    key = {"X-API-Key": create_key("site", ["a.example"], ["query"])}
    for headers in (people["bound"], key):
        assert client.get(URL, headers=headers).json()["results"] == [own.json()]
    assert client.get(URL, headers=people["root"]).json()["count"] == 3
    assert client.post(URL, {"day": "2026-01-05", "text": "a"}, headers=key).status_code in (403, 415)
    assert client.get(URL).status_code == client.post(URL).status_code == 401


@pytest.mark.parametrize(
    "body, field",
    [
        ({"day": "soon"}, "day"),
        ({"day": None}, "day"),
        ({"text": " "}, "text"),
        ({"text": "a\0"}, "text"),
        ({"text": "a" * 201}, "text"),
        ({"text": 5}, "text"),
        ({"site": "no host"}, "site"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_wrong_field_is_named(write, body, field):
    answer = write("free", **body)
    assert (answer.status_code, list(answer.json())) == (400, [field])


def test_an_end_before_the_start_is_refused(client, people):
    answer = client.get(f"{URL}?start_date=2026-02-01&end_date=2026-01-01", headers=people["free"])
    assert (answer.status_code, list(answer.json())) == (400, ["end_date"])


def test_no_user_no_note_even_while_the_api_is_open(client, people, settings):
    settings.IDEEZA_API_OPEN = True
    assert client.get(URL).status_code == 200
    sent = {"day": "2026-01-05", "text": "a"}
    assert client.post(URL, sent, content_type="application/json").status_code == 403
    assert client.delete(f"{URL}1/").status_code == 403
