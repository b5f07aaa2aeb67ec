"""The context and the visitor of imported views."""

import gzip
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from analytics.ingest.flow.import_views import ImportOptions, ResumableFile, import_views
from analytics.models import BlogView
from analytics.sources.contexts import ViewContext
from analytics.sources.lookups.browsers import browser_of
from analytics.tests.ingest.api.test_blog_views_context import stored, visitors
from analytics.tests.ingest.flow.test_import_views import LOG

NOW = datetime(2024, 3, 1, 12, tzinfo=UTC)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
pytestmark = pytest.mark.django_db


def imported(folder, *lines: str, name: str = "a.log", host: str = "own.example") -> None:
    path = folder / name
    path.write_text("\n".join(lines) + "\n")
    with ResumableFile(path) as source:
        import_views(source, ImportOptions(host=host), now=NOW, progress=lambda at: None)


def line(path="/a", client="8.8.8.8", referrer="-", agent=FIREFOX, day=17) -> str:
    return f'{client} - - [{day}/May/2015:10:05:03 +0000] "GET {path} HTTP/1.1" 200 203 "{referrer}" "{agent}"'


def test_a_log_says_referrer_agent_and_campaign(tmp_path):
    imported(
        tmp_path,
        line("/a?utm_source=news&utm_medium=email", referrer="https://www.google.de/search"),
        line("/a", referrer="https://own.example/b"),
    )
    reader = {"device": "desktop", "browser": "Firefox", "os": "Linux"}
    assert stored() == [ViewContext("news", "email", referrer="google.de", **reader), ViewContext(**reader)]


def test_a_client_with_one_agent_is_one_visitor_of_a_day(tmp_path):
    imported(tmp_path, line(), line("/b"), line(agent="Opera/9.80"), line(client="8.8.4.4"), line(day=18))
    one, again, *others = visitors()
    assert one == again and len({one, *others}) == 4


def test_a_line_that_is_imported_again_has_the_same_visitor(tmp_path):
    imported(tmp_path, line())
    imported(tmp_path, line(), line("/b"), name="again.log")
    assert len(set(visitors())) == 1


def test_a_table_names_visitors(tmp_path):
    rows = [
        "timestamp,url,visitor,viewer,user_agent",
        "2015-05-17,/a,ann,,Googlebot/2.1",
        "2015-05-17,/a,,ann,",
        "2015-05-17,/a,,,",
    ]
    imported(tmp_path, *rows, name="a.csv")
    ann, same, unknown = visitors()
    assert ann == same and unknown is None


def test_without_visitors_none_are_stored(tmp_path, settings):
    settings.IDEEZA_VISITORS = False
    imported(tmp_path, line())
    assert visitors() == [None]


def test_hostile_texts_of_a_log_are_stored_or_unknown(tmp_path):
    odd = ["\\x00", "é" * 300, '\\"', "https://" + "a" * 900, "%00%ff", "\ufffd\u2028", "https://[::1]/"]
    imported(
        tmp_path,
        *(line(f"/{number}?utm_campaign={text}", referrer=text, agent=text) for number, text in enumerate(odd)),
    )
    assert len(visitors()) == len(odd)


@pytest.fixture(scope="module")
def logged_lines():
    return gzip.decompress(LOG.read_bytes()).decode(errors="replace").splitlines()


def test_a_real_log_gives_the_referrers_and_browsers_that_its_lines_say(logged_lines, tmp_path):
    """Count the stored contexts, and count the text of the lines that became views with other means."""
    path = tmp_path / "access.log"
    path.write_text("\n".join(logged_lines) + "\n")
    with ResumableFile(path) as source:
        import_views(source, ImportOptions(host="semicomplete.com"), now=NOW, progress=lambda at: None)
    pages = set(BlogView.objects.values_list("timestamp", "blog__url"))
    expected_hosts, expected_browsers = Counter(), Counter()
    for each in logged_lines:
        found = re.match(r'\S+ .*?\[(.*?)\] "GET ([^ ?]*)\S* \S+" (?:200|304) \S+ "(.*?)" "(.*?)"', each)
        if found is None:
            continue
        at = datetime.strptime(found[1], "%d/%b/%Y:%H:%M:%S %z")
        if (at, "semicomplete.com" + found[2]) not in pages:
            continue
        host = re.match(r"https?://(?:www\.)?([^/:?]*)", found[3])
        if host and host[1] and host[1] != "semicomplete.com":
            expected_hosts[host[1].lower()] += 1
        expected_browsers[browser_of(found[4]).name] += 1
    contexts = stored()
    hosts = Counter(each.referrer for each in contexts if each.referrer)
    browsers = Counter(each.browser for each in contexts)
    # Bots that share page and second with a reader are in the lines, and are no views.
    assert sum((expected_hosts - hosts).values()) < 10 and sum((hosts - expected_hosts).values()) <= 2
    assert {name for name, _ in browsers.most_common(4)} == {name for name, _ in expected_browsers.most_common(4)}
    assert sum(hosts.values()) > 200 and len(set(visitors())) > 500
