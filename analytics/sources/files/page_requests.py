"""Decide which requests of a web server's log are page views, and of which page."""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from analytics.sources.contexts import NO_CAMPAIGN, Campaign, campaign_of
from analytics.sources.files.log_record import Reason, Skip
from analytics.sources.messages import page_urls
from analytics.sources.url_spelling import MAX_URL, BadUrl, normal_host, normal_path

ASSET_TYPES = """
    js mjs cjs map css less scss wasm json jsonp webmanifest xml xsl xslt dtd txt
    png apng jpg jpeg jpe gif webp avif heic svg svgz ico cur bmp tif tiff psd eps ttf otf eot woff woff2
    mp3 m4a aac ogg oga opus wav flac mid mp4 m4v webm ogv mov avi mkv wmv flv swf mpg mpeg m3u8 vtt srt
    pdf ps tex rtf doc docx odt xls xlsx ods csv tsv ppt pptx odp epub mobi ics vcf markdown
    zip gz tgz bz2 tbz xz txz zst 7z rar tar jar war apk ipa deb rpm dmg pkg iso img exe msi bin torrent gem crx
    c h cpp hpp java class py pyc rb pm sh bat patch diff sql
    conf cfg ini yml yaml toml log pcap bak old orig swp tmp pem crt asc
"""
"""Parts of pages, images and fonts, sound and video, documents, archives and programs, sources, and settings with logs
and leftovers, a line each.

These are endings that have a media type in Debian's mime.types, and those that tools of the web, packagers and editors
write. What one site alone calls a file is no default: `--assets=+access`.
"""
ASSETS = frozenset(ASSET_TYPES.split())
"""Endings of paths that are no pages. All other endings belong to pages: `/blog/asp.net`, `/users/jane.doe`."""
ENDING = re.compile(r"\.([A-Za-z0-9]{1,12})$")
HIDDEN_FILE = re.compile(r"/\.[^/]*$")
FEED_EXTENSIONS = frozenset(("rss", "atom", "rdf"))
FEED_PATHS = re.compile(
    r"/feed(/(rss2?|atom|rdf))?/?$|^/(rss|atom|feeds)/?$|/(feed|rss|atom|index)\.xml$", re.IGNORECASE
)
FEED_QUERIES = re.compile(r"(^|[&;])(flav|feed|format|type|alt)=(rss|atom|rdf|feed)", re.IGNORECASE)
ESCAPED_BYTE = re.compile(r"\\x([0-9A-Fa-f]{2})")
"""A byte of a request that is not printable, as Apache and nginx log it."""
PARAMETERS = re.compile("[&;]")
SUCCESS_STATUSES = ("200", "304")
"""304: the reader has the page already and sees it again."""
HOST = re.compile(r"[\w.-]*[^\W_][\w.-]*(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](?::[0-9]{1,5})?")
MAX_HOST_CHARACTERS = 259
"""Of a name (RFC 1035, 2.3.4) and a port."""
MAX_CACHED_REQUESTS, MAX_CACHED_CHARACTERS = 65536, 1000
"""Together they bound the memory of the cache: 64 MB of requests that are all long and all different."""


class PageRules(NamedTuple):
    """What an import counts as a page: the host of paths whose log names none, the endings of files that are no pages,
    and the query parameters that name a page (`p`, in `/?p=12`)."""

    host: str = "localhost"
    assets: frozenset[str] = ASSETS
    parameters: tuple[str, ...] = ()


class RequestedPage(NamedTuple):
    """The url of a page, as a blog has it, the names of the query parameters that it leaves out, and the campaign in
    them."""

    url: str
    dropped: tuple[str, ...] = ()
    campaign: Campaign = NO_CAMPAIGN


class PageFinder:
    """Finds the page of a request. Most lines repeat the request of another line, so the results are cached: pages, and
    the reasons for which a request is for none, because a cache does not keep an exception."""

    def __init__(self, rules: PageRules) -> None:
        self._rules = rules
        self._cached = lru_cache(MAX_CACHED_REQUESTS)(self._find)

    def find(self, request: str, status: str, host: str = "") -> RequestedPage | Reason:
        """Return the page that a request line got at a host (empty: the log names none), or why it got none."""
        return (self._cached if len(request) <= MAX_CACHED_CHARACTERS else self._find)(request, status, host)

    def _find(self, request: str, status: str, host: str) -> RequestedPage | Reason:
        try:
            return self._page(request, status, logged_host(host) or self._rules.host)
        except Skip as skip:
            return skip.reason

    def _page(self, request: str, status: str, host: str) -> RequestedPage:
        method, _, target_and_protocol = request.partition(" ")
        if method != "GET":
            raise Skip(Reason.METHOD)
        if status not in SUCCESS_STATUSES:
            raise Skip(Reason.STATUS)
        target, _, protocol = target_and_protocol.rpartition(" ")
        path_and_query = (target if protocol.startswith("HTTP/") else target_and_protocol).partition("#")[0]
        path, _, query = ESCAPED_BYTE.sub(r"%\1", path_and_query).partition("?")
        if not path.startswith("/"):
            raise Skip(Reason.FILE)
        require_page(path, query, self._rules.assets)
        return self._named(page_urls.blog_url(host, path), query)

    def _named(self, url: str, query: str) -> RequestedPage:
        """Return the page with the parameters that name it, in the order of the rules, whatever that of the query.

        They stand behind an escaped question mark: the url of a blog has no query, and what normalises it keeps them.
        """
        if not query:
            return RequestedPage(url)
        values = {name: value for name, _, value in (part.partition("=") for part in PARAMETERS.split(query)) if name}
        naming = [name for name in self._rules.parameters if values.get(name)]
        spelled = {name: normal_path("/=" + values[name].replace("/", "%2F"))[1:] for name in naming}
        kept = "&".join(f"{name}{value}" for name, value in spelled.items())
        if len(named := f"{url}%3F{kept}" if kept else url) > MAX_URL:
            raise Skip(Reason.LONG_URL)
        return RequestedPage(named, tuple(name for name in values if name not in naming), campaign_of(query))


@lru_cache(8)
def page_finder(rules: PageRules) -> PageFinder:
    """Return the finder of these rules: one for all files of an import, so that they share its cache."""
    return PageFinder(rules)


def require_page(path: str, query: str, assets: frozenset[str] = ASSETS) -> None:
    """Raise Skip unless a browser would show this as a page.

    >>> require_page("/articles/", "page=2"), require_page("/blog/xvfb-firefox.html", "")
    (None, None)
    >>> require_page("/blog/asp.net", ""), require_page("/docs/v1.2.x", "")
    (None, None)
    >>> require_page("/", "flav=rss20")
    Traceback (most recent call last):
    analytics.sources.files.log_record.Skip: feeds
    """
    if (query and FEED_QUERIES.search(query)) or FEED_PATHS.search(path):
        raise Skip(Reason.FEED)
    if (found := ENDING.search(path)) and (ending := found[1].lower()) in assets | FEED_EXTENSIONS:
        raise Skip(Reason.FEED if ending in FEED_EXTENSIONS else Reason.FILE)
    if HIDDEN_FILE.search(path):
        raise Skip(Reason.FILE)


def asset_endings(changes: Iterable[str]) -> frozenset[str]:
    """Return the endings that a list of changes leaves: `js` and others without a sign replace the default, `+x` adds
    one, `-js` removes one.

    >>> sorted(asset_endings([".JS", "css"])), "js" in asset_endings(["-js"]), "sketch" in asset_endings(["+sketch"])
    (['css', 'js'], False, True)
    """
    endings = [change.strip().lower() for change in changes if change.strip()]
    plain, added, removed = (
        {ending.lstrip("+-").lstrip(".") for ending in endings if (ending[0] if ending[0] in "+-" else "") == sign}
        for sign in ("", "+", "-")
    )
    return frozenset((plain or ASSETS) | added) - removed


@lru_cache(65536)
def logged_host(text: str) -> str:
    """Return a host of a log in its normal spelling; empty for none, and for text that is no host.

    >>> logged_host("WWW.one.example:443"), logged_host("-"), logged_host("_"), logged_host("a/b")
    ('www.one.example', '', '', '')
    """
    if not HOST.fullmatch(text) or len(text) > MAX_HOST_CHARACTERS:
        return ""
    try:
        return normal_host(text)
    except BadUrl:
        return ""
