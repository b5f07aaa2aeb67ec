"""The log of a real web server answers where readers come from, with what browsers, at which hours and how many they
are, as a plain count of its lines does."""

import re
from collections import Counter, defaultdict

import pytest
from django.core.management import call_command

from analytics.tests.ingest.flow.test_import_views import LOG, views_of_log

HOST = "semicomplete.com"
OTHER_FIREFOXES = ("SeaMonkey", "Iceweasel", "PaleMoon", "Camino", "Swiftfox", "like Firefox")


HOST_NAME = re.compile(r"[a-z0-9.:-]+")
"""Three lines have a host of bytes that are no text."""


def host_of(referrer: str) -> str | None:
    host = referrer.partition("://")[2].partition("/")[0].partition("?")[0].lower().removeprefix("www.")
    host = host.removesuffix(":80")
    return host if HOST_NAME.fullmatch(host) and host != HOST else None


@pytest.fixture
def seen(db, settings):
    settings.IDEEZA_ROLLUPS = [("country",), ("referrer",), ("browser",), ("hour",)]
    call_command("import_views", str(LOG), "--host", HOST)
    call_command("precalculate_stats")
    return views_of_log()


def test_the_log_answers_like_a_plain_count_of_its_lines(seen, ask):
    def rows(**body):
        answer = ask("query/", {"limit": 10_000, **body})
        assert answer.status_code == 200, answer.content
        return answer.json()["rows"]

    hours = Counter(line.hour for line in seen)
    assert {row["hour"]: row["views"] for row in rows(dimensions=["hour"])} == hours

    referrers, paths = Counter(), defaultdict(set)
    for line in seen:
        referrers[host_of(line.referrer)] += 1
        paths[host_of(line.referrer)].add(line.path)
    found = rows(dimensions=["referrer"])
    assert {row["referrer"]: row["views"] for row in found} == referrers
    assert {row["referrer"]: row["blogs"] for row in found} == {host: len(own) for host, own in paths.items()}

    browsers = {row["browser"]: row["views"] for row in rows(dimensions=["browser"])}
    firefox = [line for line in seen if "Firefox/" in line.agent and not any(x in line.agent for x in OTHER_FIREFOXES)]
    assert (browsers["Firefox"], sum(browsers.values())) == (len(firefox), len(seen))

    (whole,) = rows(metrics=["views", "visitors"])
    exact = len({(line.address, line.agent, line.day) for line in seen})
    assert whole["views"] == len(seen)
    assert abs(whole["visitors"] - exact) <= 3 * 0.0163 * exact
