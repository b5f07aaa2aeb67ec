"""Programs by their user agent, by the patterns of CrawlerDetect. No user agent at all: browsers always send one."""

from functools import lru_cache

from crawlerdetect import CrawlerDetect

MAX_MATCHED_CHARACTERS = 400
"""The number of characters that are matched. The patterns take time quadratic in the length: 8,000 letters take ten
seconds, 400 under 0.1, and the names of bots stand within these."""

TOOLS = frozenset(
    [
        "aiohttp",
        "apache-httpasyncclient",
        "apache-httpclient",
        "axios",
        "bun",
        "curl",
        "dart",
        "deno",
        "faraday",
        "go-http-client",
        "got",
        "guzzlehttp",
        "httpie",
        "httpx",
        "hyper",
        "insomnia",
        "jakarta",
        "java",
        "jersey",
        "libcurl",
        "libwww-perl",
        "lua-resty-http",
        "needle",
        "node",
        "node-fetch",
        "okhttp",
        "postmanruntime",
        "pycurl",
        "python-httpx",
        "python-requests",
        "python-urllib",
        "python-urllib3",
        "reactornetty",
        "reqwest",
        "rest-client",
        "restsharp",
        "ruby",
        "rust",
        "superagent",
        "tornado",
        "typhoeus",
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
    >>> is_tool("Apache-HttpClient/4.5.13 (Java/17.0.2)"), is_tool("Jakarta Commons-HttpClient/3.1"), is_tool("node")
    (True, True, True)
    """
    product = agent.partition("/")[0].split()
    return bool(product) and product[0].lower() in TOOLS
