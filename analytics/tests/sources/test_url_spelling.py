"""The one spelling of a page's URL, by its laws."""

from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from analytics.sources.url_spelling import BadUrl, normal_host, normal_page_path, normal_page_url, normal_path

SPELLERS = [normal_host, normal_path, normal_page_path, normal_page_url]
HOSTILE = [
    "",
    "/",
    "//",
    "///",
    "?",
    "#",
    "%",
    "%%341",
    "/%2",
    "/%zz%",
    "http://",
    "http://[",
    "http://[::1",
    "http://[::1%25eth0]/",
    "https://a.example:99999/",
    "https://a.example:٣/",
    "javascript:alert(1)",
    "javascript://a.example/%0aalert(1)",
    "ftp://a.example/",
    "mailto:ann@a.example",
    "http://good.example\\@evil.example/",
    "http://a..example/",
    "http://℀.example/",
    "http://" + "a." * 5000,
    "http://" + "中" * 3000,
    "/" + "../" * 10000,
    "/" + "%" * 10000,
    "/" + "%41a" * 10000,
    "/\ud800",
    "http://\udfff/",
    "/a\0b",
    "a\nb",
    "xn--",
]
hosts = st.sampled_from(["example.com", "a-b.example", "xn--bcher-kva.example", "localhost", "192.0.2.1"])
segments = (
    st.text(min_size=1, max_size=8)
    .filter(lambda text: text not in (".", ".."))
    .map(lambda text: quote(text, safe="", errors="replace"))
)
paths = st.lists(segments, max_size=4).map(lambda found: "/" + "/".join(found))


def spelled(function, text: str) -> str | None:
    try:
        return function(text)
    except BadUrl:
        return None


@pytest.mark.parametrize("function", SPELLERS)
@given(text=st.one_of(st.text(), st.text("/.%?#:@[]aA0éп\\ "), st.sampled_from(HOSTILE)))
def test_any_text_is_spelled_or_refused_and_the_spelling_stays(function, text):
    once = spelled(function, text)
    if once is not None:
        assert function(once) == once
        assert once.isascii()


@pytest.mark.parametrize("function", SPELLERS)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_raise_nothing_but_the_one_error(function, text):
    spelled(function, text)


def random_case(draw, text: str) -> str:
    upper = draw(st.lists(st.booleans(), min_size=len(text), max_size=len(text)))
    return "".join(letter.upper() if up else letter for letter, up in zip(text, upper, strict=True))


@st.composite
def spellings(draw):
    """Return a host and a path, and another URL of the same page."""
    host, path = draw(hosts), draw(paths)
    escaped_more = "".join(
        f"%{ord(letter):02x}" if letter.isalnum() and draw(st.booleans()) else letter for letter in _letters(path)
    )
    slashes = escaped_more.replace("/", draw(st.sampled_from(["/", "//", "/./", "/x/../"])))
    scheme, port = draw(st.sampled_from([("http", ":80"), ("https", ":443"), ("HTTPS", ""), ("http", ":")]))
    dot = draw(st.sampled_from(["", "."])) if not host[-1].isdigit() else ""
    return host, path, f"{scheme}://{random_case(draw, host)}{dot}{port}{slashes}"


def _letters(path: str) -> list[str]:
    """Return the letters of a path, an escape being one."""
    found, at = [], 0
    while at < len(path):
        size = 3 if path[at] == "%" else 1
        found.append(path[at : at + size])
        at += size
    return found


@given(spellings())
def test_equivalent_spellings_are_one_page(several):
    host, path, other = several
    assert normal_page_url(other) == normal_page_url(f"{host}{path}") == normal_page_url(path, host)
    assert normal_page_path(other).removeprefix("https://").removeprefix("http://") == normal_page_url(other)


@given(segments, segments)
def test_different_segments_are_different_pages(one, other):
    assume(one != other)
    assert normal_path(f"/{one}") != normal_path(f"/{other}")


@pytest.mark.parametrize(
    "text, page",
    [
        ("https://EXAMPLE.com:443/%7ejo/%d0%bf?q#f", "example.com/~jo/%D0%BF"),
        ("//example.com/a", "example.com/a"),
        ("http://ann:secret@example.com/a", "example.com/a"),
        ("bücher.example/straße", "xn--bcher-kva.example/stra%C3%9Fe"),
        ("http://STRAẞE.example", "xn--strae-oqa.example/"),
        ("http://b%C3%BCcher。example./", "xn--bcher-kva.example/"),
        ("http://☃.example/", "xn--n3h.example/"),
        ("[2001:DB8::1]:8080/a", "2001:db8::1/a"),
        ("2001:db8::1/a", "2001:db8::1/a"),
        ("localhost:8000/a%2Fb%3F", "localhost/a%2Fb%3F"),
        ('example.com/a[1] "b"|\\', "example.com/a%5B1%5D%20%22b%22%7C%5C"),
    ],
)
def test_a_page_url_has_one_spelling(text, page):
    assert normal_page_url(text) == page


@pytest.mark.parametrize(
    "text, path",
    [
        ("/a/?b=%c3%bc&c=é#/route/%7E", "/a/?b=%C3%BC&c=%C3%A9#/route/~"),
        ("/a?", "/a"),
        ("http://Example.com:80", "http://example.com/"),
        ("https://example.com:8443/a", "https://example.com:8443/a"),
        ("http://[::1]:080/a", "http://[::1]/a"),
    ],
)
def test_a_visits_path_has_one_spelling(text, path):
    assert normal_page_path(text) == path


@pytest.mark.parametrize("text", ["", "a", "?a", "example.com/a", "ftp://example.com/", "http://", "javascript:x"])
def test_a_visits_path_is_an_absolute_url_or_begins_with_a_slash(text):
    with pytest.raises(BadUrl):
        normal_page_path(text)


@pytest.mark.parametrize(
    "text", ["", "a b", "example.com/a", "a..b", "a\\b", "[::1", "1:2:3", "a:b", "x" * 64, "a." * 200]
)
def test_a_text_that_is_no_host_is_refused(text):
    with pytest.raises(BadUrl):
        normal_host(text)
