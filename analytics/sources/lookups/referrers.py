"""The names of well-known sites that people come from, and the medium that is customary for each.

The table is our own. Packages with such lists are not maintained: referer-parser (Snowplow's) had its last release in
2016, pyreferrer in 2021, and Matomo's list is not published for Python.
"""

import re
from functools import lru_cache
from typing import NamedTuple

ORGANIC, SOCIAL, EMAIL, REFERRAL = "organic", "social", "email", "referral"
"""The media of links that name none, as Google Analytics and Snowplow call them."""

SITES = {
    ORGANIC: """
        AOL Search: search.aol.com
        Ask: ask.com
        Baidu: baidu.com
        Bing: bing.com
        Brave Search: search.brave.com
        Coc Coc: coccoc.com
        Daum: search.daum.net
        DuckDuckGo: duckduckgo.com com.duckduckgo.mobile.android
        Ecosia: ecosia.org
        Google: com.google.android.googlequicksearchbox com.google.android.gsa
        Kagi: kagi.com
        MetaGer: metager.org metager.de
        Mojeek: mojeek.com
        Naver: search.naver.com
        Qwant: qwant.com
        Seznam: search.seznam.cz
        Sogou: sogou.com
        So.com: so.com
        Startpage: startpage.com
        Swisscows: swisscows.com
        Yahoo: search.yahoo.com search.yahoo.co.jp
        Yandex: ya.ru
    """,
    SOCIAL: """
        Bluesky: bsky.app
        Digg: digg.com
        Discord: discord.com discordapp.com
        Facebook: facebook.com fb.com fb.me com.facebook.katana
        Flipboard: flipboard.com flipboard.app
        Hacker News: news.ycombinator.com
        Instagram: instagram.com com.instagram.android
        LinkedIn: linkedin.com lnkd.in com.linkedin.android
        Lobsters: lobste.rs
        Mastodon: mastodon.social mastodon.online
        Odnoklassniki: ok.ru
        Pinterest: pinterest.com pin.it com.pinterest
        Quora: quora.com
        Reddit: reddit.com redd.it com.reddit.frontpage
        Slashdot: slashdot.org
        Snapchat: snapchat.com
        Telegram: t.me telegram.org org.telegram.messenger
        Threads: threads.net threads.com
        TikTok: tiktok.com
        Tumblr: tumblr.com
        VK: vk.com vk.ru
        Weibo: weibo.com weibo.cn t.cn
        WhatsApp: whatsapp.com wa.me com.whatsapp
        X: x.com twitter.com t.co com.twitter.android
        Xing: xing.com
        YouTube: youtube.com youtu.be com.google.android.youtube
    """,
    EMAIL: """
        AOL Mail: mail.aol.com
        Gmail: mail.google.com com.google.android.gm
        GMX: gmx.net gmx.com
        Mail.ru: e.mail.ru
        Outlook: outlook.live.com outlook.com outlook.office.com outlook.office365.com com.microsoft.office.outlook
        Proton Mail: mail.proton.me
        Yahoo Mail: mail.yahoo.com
        Yandex Mail: mail.yandex.ru mail.yandex.com
    """,
    REFERRAL: """
        ChatGPT: chatgpt.com chat.openai.com
        Claude: claude.ai
        Copilot: copilot.microsoft.com
        Gemini: gemini.google.com
        GitHub: github.com
        Google News: news.google.com
        Perplexity: perplexity.ai
        Slack: slack.com com.slack
        Stack Exchange: stackexchange.com
        Stack Overflow: stackoverflow.com
        Wikipedia: wikipedia.org
    """,
}
"""By medium, the names of sites and their hosts, each with its subdomains. Apps of Android have hosts of their own."""
GOOGLE = re.compile(r"(?:(?:www|m|encrypted|images|ipv[46])\.)?google\.(?:com?\.)?[a-z]{2,3}")
"""Google's search in all countries. Other hosts of Google are other services."""
YANDEX = re.compile(r"(?:(?:www|m|search)\.)?yandex\.(?:com?\.)?[a-z]{2,3}")
MAX_CACHED_HOSTS = 4096


class KnownSite(NamedTuple):
    """The name of a site and its medium."""

    name: str
    medium: str


def _by_host() -> dict[str, KnownSite]:
    lines = [(medium, line) for medium, text in SITES.items() for line in text.strip().splitlines()]
    named = [(medium, *line.strip().split(": ")) for medium, line in lines]
    return {host: KnownSite(name, medium) for medium, name, hosts in named for host in hosts.split()}


_known = _by_host()


@lru_cache(MAX_CACHED_HOSTS)
def known_site(host: str) -> KnownSite | None:
    """Return the well-known site of a host in its one spelling, or None.

    >>> known_site("www.google.co.uk"), known_site("news.ycombinator.com"), known_site("en.wikipedia.org").name
    (KnownSite(name='Google', medium='organic'), KnownSite(name='Hacker News', medium='social'), 'Wikipedia')
    >>> known_site("sites.google.com"), known_site("notgoogle.com"), known_site("com")
    (None, None, None)
    """
    if GOOGLE.fullmatch(host):
        return KnownSite("Google", ORGANIC)
    if YANDEX.fullmatch(host):
        return KnownSite("Yandex", ORGANIC)
    rest = host
    while rest:
        if found := _known.get(rest):
            return found
        rest = rest.partition(".")[2]
    return None
