"""Which requests are for pages, and which page."""

import pytest

from analytics.sources.contexts import Campaign
from analytics.sources.files import page_requests
from analytics.sources.files.log_record import Reason, Skip
from analytics.sources.files.page_requests import PageFinder, PageRules, RequestedPage


def skip_reason(path: str, query: str = "") -> Reason | None:
    try:
        return page_requests.require_page(path, query)
    except Skip as skip:
        return skip.reason


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/blog",
        "/blog/tags/X11",
        "/blog/geekery/ssl-latency.html",
        "/projects/xdotool/xdotool.xhtml",
        "/index.PHP",
        "/presentations/puppet-at-loggly/puppet-at-loggly.pdf.html",
        "/posts/python-3.11",
        "/posts/2015.05.17",
        "/posts/logstash-1.0.0-release",
        "/blog/tags/rss",
        "/favicon.ico/page",
        "/blog/asp.net",
        "/users/jane.doe",
        "/tag/example.com",
        "/docs/v1.2.x",
        "/release-1.0.rc1",
        "/@me@social.example",
        "/posts/what-is-socket.io/",
        "/notes/multi.threads",
    ],
)
def test_a_page_may_have_any_ending_but_an_assets(path):
    assert skip_reason(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "/robots.txt",
        "/a.PNG",
        "/fonts/a.woff2",
        "/x.7z",
        "/test.xml",
        "/a.tar.gz",
        "/.htaccess",
        "/blog/node.js",
        "/.git/.x",
    ],
)
def test_an_assets_ending_or_a_hidden_file_is_no_page(path):
    assert skip_reason(path) is Reason.FILE


@pytest.mark.parametrize(
    "path, query",
    [
        ("/", "flav=rss20"),
        ("/blog/tags/puppet", "a=b&flav=atom"),
        ("/", "feed=rss2"),
        ("/feed", ""),
        ("/blog/feed/", ""),
        ("/blog/feed/atom/", ""),
        ("/rss", ""),
        ("/index.xml", ""),
        ("/blog/atom.xml", ""),
        ("/blog/index.rdf", ""),
    ],
)
def test_a_feed_is_no_page(path, query):
    assert skip_reason(path, query) is Reason.FEED


def test_a_query_that_mentions_feeds_is_a_page():
    assert skip_reason("/post", "utm_source=feedburner&utm_medium=feed") is None


def test_a_list_of_endings_replaces_the_default_one():
    page_requests.require_page("/blog/node.js", "", page_requests.asset_endings(["css"]))
    page_requests.require_page("/blog/node.js", "", page_requests.asset_endings(["-js"]))
    for changes in (["map"], ["+map"]):
        with pytest.raises(Skip):
            page_requests.require_page("/a.map", "", page_requests.asset_endings(changes))


def test_parameters_that_name_a_page_are_part_of_its_url_in_one_order():
    find = PageFinder(PageRules("here", parameters=("p", "page"))).find
    assert find("GET /?p=12 HTTP/1.1", "200") == RequestedPage("here/%3Fp=12")
    assert find("GET /?page=2&utm_source=x&p=12 HTTP/1.1", "200") == RequestedPage(
        "here/%3Fp=12&page=2", ("utm_source",), Campaign("x")
    )
    assert find("GET /?p=/%7e HTTP/1.1", "200") == RequestedPage("here/%3Fp=%2F~")
    assert find("GET /a?p=&q HTTP/1.1", "200") == RequestedPage("here/a", ("p", "q"))


def test_without_such_parameters_a_query_is_left_off_and_named():
    assert PageFinder(PageRules("here")).find("GET /?p=12 HTTP/1.1", "200") == RequestedPage("here/", ("p",))


def test_bytes_that_a_server_logs_as_escapes_are_escapes_of_the_url():
    assert PageFinder(PageRules("here")).find(r"GET /\xD0\xBF HTTP/1.1", "200") == RequestedPage("here/%D0%BF")


def test_the_host_of_a_log_counts_before_the_one_given():
    find = PageFinder(PageRules("here")).find
    assert find("GET /a HTTP/1.1", "200", "Example.com:443") == RequestedPage("example.com/a")
    assert find("GET /a HTTP/1.1", "200", "_") == RequestedPage("here/a")
