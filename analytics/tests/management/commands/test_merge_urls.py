"""What was stored in several spellings of its URL becomes one, with all that belongs to it."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from analytics import database
from analytics.models import (
    Application,
    Blog,
    BlogView,
    BotHits,
    Domain,
    Heartbeat,
    HourlyBaseline,
    Page,
    PageHits,
    Site,
    Snapshot,
    Upstream,
    Visit,
)
from analytics.services import AnalyticsService
from analytics.tests.visit_factory import START, show_visitors, store_visits, visit

pytestmark = pytest.mark.django_db

YEAR = {"year": 2024}


def respell(table: str, column: str, id: int, text: str) -> None:
    """Store a text as it was stored before there was one spelling."""
    database.execute(f"UPDATE {table} SET {column} = %s WHERE id = %s", [text, id])


@pytest.fixture
def blogs(db):
    """Create four blogs that are one page, and another; each has one more view than the one before, a day later."""
    author = User.objects.create(username="ann")
    spellings = ["example.com/%d0%bf", "example.com/п", "example.com/%D0%BF", "EXAMPLE.com:443/%D0%BF", "example.com/a"]
    created = []
    for number, url in enumerate(spellings):
        imported = number != 3
        blog = Blog.objects.create(
            title=f"Blog {number}",
            author=author,
            url=f"a.example/{number}",
            created_at=START - timedelta(number),
            is_imported=imported,
        )
        respell("analytics_blog", "url", blog.pk, url)
        BlogView.objects.bulk_create(
            BlogView(blog=blog, timestamp=START + timedelta(view)) for view in range(number + 1)
        )
        created.append(blog)
    return created


def test_blogs_are_merged_with_their_views_also_of_purged_days(blogs, run):
    run("precalculate_stats")
    run("purge_facts", "--before", "2024-03-12")
    lines = run("merge_urls")
    assert lines[0] == "Renamed 1 blog."
    assert lines[1] == "Merged 3 blogs."
    blog = Blog.objects.get(url="example.com/%D0%BF")
    assert (blog, Blog.objects.count()) == (blogs[3], 2)
    run("precalculate_stats")
    top = AnalyticsService().get_top_analytics("blog", YEAR)
    assert [(each["x"], each["y"]) for each in top] == [("Blog 3", 10), ("Blog 4", 5)]
    run("verify_stats")


def test_merging_makes_the_days_of_the_views_stale_and_no_others(blogs, run):
    run("precalculate_stats")
    assert "views moved; their days are stale" in run("merge_urls")[2]
    assert run("precalculate_stats", "--dry-run")[-1].startswith("DRY-RUN")
    run("precalculate_stats")
    run("verify_stats")
    assert run("merge_urls") == ["Everything has its one spelling."]


def test_an_imported_blog_is_as_old_as_the_oldest_that_it_is_merged_with(blogs, run):
    blogs[3].delete()
    run("merge_urls")
    assert Blog.objects.get(url="example.com/%D0%BF").created_at == START - timedelta(2)


def test_a_dry_run_changes_nothing(blogs, run):
    before = list(Blog.objects.order_by("pk").values_list("pk", "url"))
    assert run("merge_urls", "--dry-run")[:2] == [
        "DRY-RUN: Would have renamed 1 blog.",
        "DRY-RUN: Would have merged 3 blogs.",
    ]
    assert list(Blog.objects.order_by("pk").values_list("pk", "url")) == before


def test_a_text_that_is_no_url_stays_and_is_named(blogs, run):
    respell("analytics_blog", "url", blogs[4].pk, "no url at all")
    assert "Left as it is: blog no url at all" in run("merge_urls")
    assert Blog.objects.filter(pk=blogs[4].pk).exists()


def test_pages_are_merged_with_their_visits_hits_and_heartbeats(run):
    store_visits([visit("/a", 1), visit("/b", 1), visit("/b", 2, 1), visit("/c", 3)])
    pages = {page.path: page.pk for page in Page.objects.all()}
    respell("analytics_page", "path", pages["/a"], "/%d0%bf")
    respell("analytics_page", "path", pages["/b"], "/п")
    assert run("merge_urls")[:2] == ["Renamed 1 page.", "Merged 1 page."]
    assert sorted(Page.objects.values_list("path", flat=True)) == ["/%D0%BF", "/c"]
    merged = Page.objects.get(path="/%D0%BF")
    assert Visit.objects.filter(page=merged).count() == 3
    assert sum(PageHits.objects.filter(page=merged).values_list("hits", flat=True)) == 3
    assert set(Heartbeat.objects.values_list("page_id", flat=True)) == set(Page.objects.values_list("pk", flat=True))
    assert run("verify_stats")


def test_the_page_that_collectors_write_to_stays(run):
    store_visits([visit("/a", 1), visit("/%D0%BF", 2, subject="")])
    respell("analytics_page", "path", Page.objects.get(path="/a").pk, "/п")
    kept = Page.objects.get(path="/%D0%BF")
    run("merge_urls")
    assert list(Page.objects.values_list("pk", "subject")) == [(kept.pk, "Title of /a")]


def test_sites_are_merged_with_their_pages_and_snapshots(run):
    for host, counts in (("one.example", {"/a": 2, "/b": 1}), ("two.example", {"/a": 3, "/c": 1})):
        store_visits(
            visit(path, number, 4.5, host=host) for path, most in counts.items() for number in range(1, most + 1)
        )
    show_visitors({}, 5)
    one, two = Site.objects.get(host="one.example"), Site.objects.get(host="two.example")
    HourlyBaseline.objects.create(site=two, hour=1, learnt_until=0, pages=b"", means=b"", variances=b"")
    respell("analytics_site", "host", two.pk, "ONE.example.")
    lines = run("merge_urls")
    assert (
        "1 of 1 snapshots add the visitors of several spellings: who was on several counts repeatedly there." in lines
    )
    assert list(Site.objects.values_list("pk", "host")) == [(one.pk, "one.example")]
    pages = {page.path: page.pk for page in Page.objects.filter(site=one)}
    snapshot = Snapshot.objects.get()
    assert (sorted(pages), snapshot.site_id, snapshot.visitors) == (["/a", "/b", "/c"], one.pk, 5)
    assert dict(zip(snapshot.pages.ids.tolist(), snapshot.pages.weights.tolist(), strict=True)) == {
        pages["/a"]: 5,
        pages["/b"]: 1,
        pages["/c"]: 1,
    }
    assert set(Heartbeat.objects.values_list("site_id", flat=True)) == {one.pk}
    assert not HourlyBaseline.objects.exists()


def test_snapshots_without_a_page_in_two_spellings_stay_exact(run):
    show_visitors({"/a": 2}, 5)
    respell("analytics_page", "path", Page.objects.get().pk, "/%7eann")
    before = Snapshot.objects.get()
    assert run("merge_urls") == ["Renamed 1 page."]
    assert Snapshot.objects.get().pages == before.pages


def test_domains_bot_hits_and_upstreams_are_spelled_normally(run):
    application = Application.objects.create(name="shop")
    for host in ("one.example", "two.example", "three.example"):
        Domain.objects.create(application=application, host=host)
        BotHits.objects.create(day="2024-03-10", domain=host, hits=2)
        Upstream.objects.create(host=host, url="https://api.example.com/")
    for table, column in (("domain", "host"), ("bothits", "domain"), ("upstream", "host")):
        for old, new in (("two.example", "ONE.example"), ("three.example", "Bücher.example")):
            database.execute(f"UPDATE analytics_{table} SET {column} = %s WHERE {column} = %s", [new, old])
    assert "Left as it is: upstream ONE.example" in run("merge_urls")
    hosts = ["one.example", "xn--bcher-kva.example"]
    assert sorted(Domain.objects.values_list("host", flat=True)) == hosts
    assert sorted(BotHits.objects.values_list("domain", "hits")) == [(hosts[0], 4), (hosts[1], 2)]
    assert set(Upstream.objects.values_list("host", flat=True)) == {*hosts, "ONE.example"}
