"""Programs by their user agent, by the patterns of CrawlerDetect. No user agent at all: browsers always send one."""

from functools import lru_cache

from crawlerdetect import CrawlerDetect

MAX_MATCHED_CHARACTERS = 400
"""The number of characters that are matched. The patterns take time quadratic in the length: 8,000 letters take ten
seconds, 400 under 0.1, and the names of bots stand within these."""

TOOLS = frozenset(
    [
        "aiohttp",
        "axios",
        "curl",
        "dart",
        "go-http-client",
        "got",
        "guzzlehttp",
        "httpx",
        "java",
        "libcurl",
        "lua-resty-http",
        "node",
        "node-fetch",
        "okhttp",
        "postmanruntime",
        "python-httpx",
        "python-requests",
        "python-urllib",
        "restsharp",
        "ruby",
        "rust",
        "undici",
        "urllib3",
        "wget",
    ]
)
"""Products that send on behalf of a client: a page view that a site's own server reports comes from one of these."""

_crawlers = CrawlerDetect()


@lru_cache(65536)
def is_bot(agent: str) -> bool:
    """
    >>> is_bot("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"), is_bot("")
    (True, True)
    >>> is_bot("Mozilla/5.0 (X11; Linux x86_64; rv:27.0) Gecko/20100101 Firefox/27.0")
    False
    """
    return not agent.strip() or _crawlers.is_crawler(agent[:MAX_MATCHED_CHARACTERS])


def is_tool(agent: str) -> bool:
    """
    >>> is_tool("python-requests/2.31.0"), is_tool("Googlebot/2.1 (+http://www.google.com/bot.html)")
    (True, False)
    """
    return agent.partition("/")[0].strip().lower() in TOOLS
