"""The context of a view."""

import pytest

from analytics.sources import contexts
from analytics.sources.contexts import UNKNOWN, Campaign, ContextClues, ViewContext, view_context
from analytics.tests.cpu_bounds import cpu_bounded

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0"


def of(referrer="", host="blog.example", **clues):
    return view_context(ContextClues(referrer, host=host, **clues))


def test_all_that_is_known_is_in_the_context():
    found = of("https://news.ycombinator.com/item?id=1", agent=FIREFOX, language="de-AT", campaign=Campaign(name="May"))
    assert found == ViewContext(
        "Hacker News", "social", "May", "news.ycombinator.com", "desktop", "Firefox", "Windows", "de"
    )


def test_of_nothing_nothing_is_known():
    assert of() == view_context(ContextClues()) == UNKNOWN


def test_utm_parameters_win_over_the_referrer():
    found = of("https://www.google.com/", campaign=Campaign("Weekly", "email", "May"))
    assert found == ViewContext("Weekly", "email", "May", "google.com")


def test_a_source_that_is_given_has_no_medium_of_the_referrer():
    assert of("https://www.google.com/", campaign=Campaign("Weekly")).medium == ""


def test_a_medium_that_is_given_goes_with_the_source_of_the_referrer():
    found = of("https://www.google.com/", campaign=Campaign(medium="cpc"))
    assert (found.source, found.medium) == ("Google", "cpc")


@pytest.mark.parametrize(
    ("referrer", "source", "medium", "host"),
    [
        ("https://www.google.co.uk/", "Google", "organic", "google.co.uk"),
        ("http://user:word@WWW.Bing.com:443/x", "Bing", "organic", "bing.com"),
        ("https://l.facebook.com/l.php?u=x", "Facebook", "social", "l.facebook.com"),
        ("android-app://com.google.android.gm/", "Gmail", "email", "com.google.android.gm"),
        ("https://www.news.example?x", "news.example", "referral", "news.example"),
        ("https://bücher.example/", "xn--bcher-kva.example", "referral", "xn--bcher-kva.example"),
        ("https://sites.google.com/view/x", "sites.google.com", "referral", "sites.google.com"),
    ],
)
def test_a_referrer_has_a_source_and_a_medium(referrer, source, medium, host):
    found = of(referrer)
    assert (found.source, found.medium, found.referrer) == (source, medium, host)


@pytest.mark.parametrize(
    "referrer",
    [
        "https://blog.example/other",
        "http://WWW.Blog.Example.:8080/",
        "-",
        "about:blank",
        "https://",
        "https://a b/",
        "file:///etc/passwd",
        "javascript://x/",
        "https://" + "a" * 5000,
        "https://" + "a." * 400,
        "\0https://x.example/",
        "https://\ud800.example/",
    ],
)
def test_a_referrer_of_the_same_site_or_none_at_all_is_unknown(referrer):
    assert of(referrer) == UNKNOWN


def test_the_site_of_a_page_is_the_same_with_www():
    assert of("https://blog.example/", host="www.blog.example") == UNKNOWN


def test_values_hold_no_control_characters_and_are_short():
    found = of(campaign=Campaign(" a\0b\ud800 \n", "x" * 1000, "c" * 254 + " d"))
    assert (found.source, found.medium, found.campaign) == ("a b", "x" * 255, "c" * 254)


def test_the_case_of_utm_values_stays():
    assert of(campaign=Campaign("NewsLetter")).source == "NewsLetter"


def test_the_preferred_language_counts():
    assert of(language="en;q=0.8, pt-BR").language == "pt"
    assert of(language="C").language == of(language="*").language == of(language="1" * 9999).language == ""
    assert of(language="en;q=1.2.3, de;q=0.1").language == "de"


def test_the_campaign_of_a_url_is_in_its_query():
    assert contexts.campaign_of_url("https://a.example/?utm_source=%ff&x#utm_medium=y") == Campaign("\ufffd")
    assert contexts.campaign_of_url("https://a.example/utm_source") == Campaign()
    assert contexts.campaign_of_url("/?" + "&" * 200 + "utm_source=late") == Campaign()


def test_what_is_given_wins_over_the_url_field_by_field():
    assert Campaign("a").or_else(Campaign("b", "c")) == Campaign("a", "c")


@pytest.mark.parametrize("text", ["a" * 100_000, ";" * 100_000, "en;q=" * 20_000, "https://" * 10_000, " " * 100_000])
def test_hostile_texts_take_little_time(text):
    with cpu_bounded():
        view_context(ContextClues(text, text, text, Campaign(text, text, text), "a.example"))
        contexts.campaign_of_url(f"?utm_source={text}")


def test_only_urls_of_pages_and_apps_are_referrers():
    assert contexts.is_referrer("https://a.example") and contexts.is_referrer("android-app://com.example/")
    assert not contexts.is_referrer("a.example/x") and not contexts.is_referrer("mailto://a.example")
