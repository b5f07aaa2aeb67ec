"""Links to single views: made, shown without a login, and ended."""

import re

from analytics.logs import without_secrets
from analytics.models import SharedView


def test_a_view_is_shared_shown_without_a_login_and_revoked(client, reader):
    assert client.get("/dashboard/shares/").status_code == 302
    client.force_login(reader)
    sent = {"name": "For <b>Bob</b>", "query": "country=DE&not=US&range=week", "expires": "7"}
    page = client.post("/dashboard/shares/", sent).content.decode()
    path = re.search(r"http://testserver(/dashboard/shared/[\w-]{43}/)", page)[1]
    link = SharedView.objects.get()
    assert link.filters == {"and": [{"in": {"country": ["DE"]}}, {"not": {"in": {"country": ["US"]}}}]}
    assert link.digest not in path and path not in client.get("/dashboard/shares/").content.decode()
    client.logout()
    first = client.get(path)
    assert (first.status_code, first["Location"]) == (302, "?country=DE&not=US&range=week")
    shown = client.get(f"{path}?country=DE&not=US&range=year")
    html = shown.content.decode()
    assert (shown["Referrer-Policy"], shown["X-Robots-Tag"]) == ("no-referrer", "noindex, nofollow")
    assert "For &lt;b&gt;Bob" in html and "Sign out" not in html and 'aria-label="Pages"' not in html
    assert '"refresh"' not in html and "no-store" in shown["Cache-Control"]
    access = client.post(path).json()["access"]
    ask = {"path": "/api/analytics/top/blog/", "data": {}, "content_type": "application/json"}
    ask["headers"] = {"Authorization": f"Bearer {access}"}
    assert client.post(**ask).status_code == 200
    client.force_login(reader)
    assert client.post("/dashboard/shares/", {"revoke": link.pk}).status_code == 302
    client.logout()
    ended, unknown = client.get(path), client.get("/dashboard/shared/unknown/")
    assert (ended.status_code, unknown.status_code, ended.content) == (404, 404, unknown.content)
    assert client.post(**ask).status_code == 401
    assert without_secrets(f"GET {path}?a=b") == "GET /dashboard/shared/[hidden]/?a=b"


def test_what_cannot_be_shared_is_refused_with_a_reason(client, reader):
    client.force_login(reader)
    for sent in ({"name": ""}, {"name": "a" * 101}, {"name": "a", "query": "blog=x"}, {"name": "a", "expires": "-1"}):
        assert 'role="alert"' in client.post("/dashboard/shares/", sent).content.decode()
    assert not SharedView.objects.exists()
