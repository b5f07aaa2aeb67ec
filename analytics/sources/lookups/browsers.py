"""Browser, operating system and kind of device of a user agent, by the rules of ua-parser (uap-core).

The rules are loaded when the first agent is parsed: 0.2 s and 19 MB in each process. An agent takes 25 to 50
microseconds then (measured with the 559 agents of an access log), so the results of recent ones are cached.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from typing import NamedTuple

MAX_PARSED_CHARACTERS = 400
"""The rules take time in proportion to the length: 400 characters take under 2 ms, whatever they are."""
MAX_CACHED_AGENTS = 8192
SURROGATES = re.compile("[\ud800-\udfff]")
"""No text in UTF-8 has them, and the parser takes UTF-8."""
DESKTOP, MOBILE, TABLET, OTHER = "desktop", "mobile", "tablet", "other"
BROWSERS = {
    "Android": "Android Browser",
    "Chrome Mobile": "Chrome",
    "Chrome Mobile WebView": "Android WebView",
    "Chrome Mobile iOS": "Chrome",
    "DuckDuckGo Mobile": "DuckDuckGo",
    "Edge Mobile": "Edge",
    "Firefox Mobile": "Firefox",
    "Firefox iOS": "Firefox",
    "IE": "Internet Explorer",
    "IE Mobile": "Internet Explorer",
    "Mobile Safari": "Safari",
    "Mobile Safari UI/WKWebView": "Safari",
    "MobileSafari": "Safari",
    "Opera Mobile": "Opera",
    "Yandex Browser": "Yandex",
}
"""The names under which browsers are counted, where they differ from those of ua-parser: the device says the rest."""
SYSTEMS = {
    "Mac OS X": "macOS",
    "Mac OS": "macOS",
    "iPadOS": "iOS",
    **dict.fromkeys(
        ("Ubuntu", "Kubuntu", "Fedora", "Debian", "CentOS", "Red Hat", "SUSE", "openSUSE", "Linux Mint", "Gentoo"),
        "Linux",
    ),
    **dict.fromkeys(("Arch Linux", "Mageia", "Mandriva", "Puppy", "Slackware"), "Linux"),
}
DESKTOP_SYSTEMS = frozenset(
    ("Windows", "macOS", "Linux", "Chrome OS", "FreeBSD", "NetBSD", "OpenBSD", "DragonFly BSD", "Solaris")
)
TELEVISIONS = ("TV", "BRAVIA", "Roku", "AFTS", "AFTM", "PlayStation", "Xbox", "Nintendo", "Watch", "CrKey")
TABLETS = ("iPad", "Tablet", "Kindle", "Silk/", "PlayBook", "Nexus 7", "Nexus 9", "Nexus 10")
PHONES = ("Mobi", "iPhone", "iPod", "Opera Mini", "Windows Phone", "Windows CE", "BlackBerry", "Symbian", "J2ME")


class Browser(NamedTuple):
    """A browser, its operating system and its kind of device; empty texts are unknown."""

    name: str = ""
    system: str = ""
    device: str = ""


NO_BROWSER = Browser()


def browser_of(agent: str) -> Browser:
    """Return what a user agent says of its browser.

    >>> browser_of("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0")
    Browser(name='Firefox', system='Linux', device='desktop')
    >>> browser_of("curl/8.1"), browser_of(" ")
    (Browser(name='curl', system='', device='other'), Browser(name='', system='', device=''))
    """
    cut = SURROGATES.sub("\ufffd", agent[:MAX_PARSED_CHARACTERS])
    return _parsed(cut) if cut.strip() else NO_BROWSER


@lru_cache(MAX_CACHED_AGENTS)
def _parsed(agent: str) -> Browser:
    name, system = _parser()(agent)
    system = SYSTEMS.get(system, system)
    return Browser(BROWSERS.get(name, name), system, _device(agent, system))


def _device(agent: str, system: str) -> str:
    """Return the kind of device. An iPad that asks for desktop pages says that it is a Mac, and counts as one.

    >>> _device("Mozilla/5.0 (Linux; Android 13; Pixel 7) Chrome/120.0 Mobile Safari/537.36", "Android")
    'mobile'
    >>> _device("Mozilla/5.0 (Linux; Android 13; SM-X700) Chrome/120.0 Safari/537.36", "Android")
    'tablet'
    """
    if _holds(agent, TELEVISIONS):
        return OTHER
    if _holds(agent, TABLETS) and "Tablet PC" not in agent:
        return TABLET
    if _holds(agent, PHONES):
        return MOBILE
    if system == "Android":
        return MOBILE if "Android 1." in agent or "Android 2." in agent else TABLET
    return DESKTOP if system in DESKTOP_SYSTEMS else OTHER


def _holds(agent: str, words: tuple[str, ...]) -> bool:
    return any(word in agent for word in words)


@cache
def _parser() -> Callable[[str], tuple[str, str]]:
    """Return a function from a user agent to the families of its browser and its system, empty for unknown ones.

    The rules of devices are left out: they are half of all and name the model, not the kind.
    """
    from ua_parser.core import Domain
    from ua_parser.loaders import load_lazy_builtins
    from ua_parser.regex import Resolver

    browsers, systems, _ = load_lazy_builtins()
    resolve, wanted = Resolver((browsers, systems, [])), Domain.USER_AGENT | Domain.OS

    def families(agent: str) -> tuple[str, str]:
        found = resolve(agent, wanted)
        return found.user_agent.family if found.user_agent else "", found.os.family if found.os else ""

    return families
