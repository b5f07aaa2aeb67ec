"""The main job from end to end, on the log of a real web server: import, roll up, verify, ask with a token."""

from collections import Counter, defaultdict
from datetime import datetime

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command

from analytics.tests.conftest import PASSWORD
from analytics.tests.ingest.flow.test_import_views import LOG, recount_log


@pytest.fixture
def answered(client, reader):
    """Return a function that asks with a token, like any client."""
    body = {"username": "reader", "password": PASSWORD}
    token = client.post("/api/token/", body, content_type="application/json").json()["access"]

    def ask(path, body):
        headers = {"Authorization": f"Bearer {token}"}
        response = client.post(f"/api/analytics/{path}", body, content_type="application/json", headers=headers)
        assert (response.status_code, response["X-Pending-Days"]) == (200, "0")
        return [(point["x"], point["y"], point["z"]) for point in response.json()]

    return ask


def test_a_log_is_imported_rolled_up_verified_and_answers_agree_with_a_recount(answered, capsys):
    call_command("import_views", str(LOG), "--host", "semicomplete.com")
    call_command("precalculate_stats")
    call_command("verify_stats")
    assert "agree with the facts" in capsys.readouterr().out
    seen = recount_log()

    blogs = defaultdict(set)
    for path, _, country in seen:
        blogs[country].add(path)
    by_country = Counter(country for _, _, country in seen)
    assert answered("blog-views/country/", {"year": 2015}) == sorted(
        ((code or "Unknown", len(blogs[code]), views) for code, views in by_country.items()),
        key=lambda line: (-line[2], line[0]),
    )

    countries = defaultdict(set)
    for path, _, country in seen:
        countries[path].add(country)
    titles = dict(User.objects.get(username="import").blogs.values_list("url", "title"))
    top = [
        (titles[f"semicomplete.com{path}"], views, len(countries[path] - {None}))
        for path, views in Counter(path for path, _, _ in seen).items()
    ]
    assert answered("top/blog/", {"limit": 25}) == sorted(top, key=lambda line: (-line[1], line[0]))[:25]

    by_day = Counter(datetime.strptime(day, "%d/%b/%Y").date() for _, day, _ in seen)
    per_day = defaultdict(set)
    for path, day, _ in seen:
        per_day[datetime.strptime(day, "%d/%b/%Y").date()].add(path)
    series = answered("performance/", {"compare": "day"})
    assert [(x, y) for x, y, _ in series] == [
        (f"{day} ({len(per_day[day])} blogs)", views) for day, views in sorted(by_day.items())
    ]
    assert series[1][2] == round(100 * (series[1][1] - series[0][1]) / series[0][1], 2)
