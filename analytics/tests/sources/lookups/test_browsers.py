"""Browser, system and device of user agents."""

import subprocess
import sys

import pytest

from analytics.sources.lookups.browsers import NO_BROWSER, Browser, browser_of
from analytics.tests.cpu_bounds import cpu_bounded

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
ANDROID = "Mozilla/5.0 (Linux; Android 13; SM-S901B) AppleWebKit/537.36 (KHTML, like Gecko)"
WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0"
GECKO = "Mozilla/5.0 (Android 13; Mobile; rv:120.0) Gecko/120.0"
TELEVISION = "Mozilla/5.0 (SMART-TV; Linux; Tizen 6.0) AppleWebKit/537.36"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("agent", "browser"),
    [
        (f"{IPHONE} Version/17.1 Mobile/15E148 Safari/604.1", Browser("Safari", "iOS", "mobile")),
        (f"{IPHONE} CriOS/120.0 Mobile/15E148 Safari/604.1", Browser("Chrome", "iOS", "mobile")),
        (f"{IPHONE.replace('iPhone', 'iPad')} Version/17.1 Safari/604.1", Browser("Safari", "iOS", "tablet")),
        (
            f"{ANDROID} SamsungBrowser/23.0 Chrome/115.0 Mobile Safari/537.36",
            Browser("Samsung Internet", "Android", "mobile"),
        ),
        (f"{ANDROID} Chrome/120.0.0.0 Safari/537.36", Browser("Chrome", "Android", "tablet")),
        (f"{GECKO} Firefox/120.0", Browser("Firefox", "Android", "mobile")),
        (f"{WINDOWS} Safari/537.36", Browser("Chrome", "Windows", "desktop")),
        (f"{WINDOWS} Safari/537.36 Edg/120.0.0.0", Browser("Edge", "Windows", "desktop")),
        (f"{WINDOWS} Safari/537.36 OPR/106.0.0.0", Browser("Opera", "Windows", "desktop")),
        (f"{MAC} Version/17.1 Safari/605.1.15", Browser("Safari", "macOS", "desktop")),
        (f"{TELEVISION} TV Safari/537.36", Browser("Safari", "Tizen", "other")),
        ("python-requests/2.31.0", Browser("Python Requests", "", "other")),
        ("", NO_BROWSER),
    ],
)
def test_an_agent_names_browser_system_and_device(agent, browser):
    assert browser_of(agent) == browser


@pytest.mark.parametrize(
    "piece", ["A", "Mozilla/5.0 ", "X 1.", "; ", "Android; ", "a1/", "Opera/", "\0", "\ud800", "é"]
)
def test_a_long_agent_takes_little_time(piece):
    with cpu_bounded():
        browser_of(piece * 1_000_000)


def test_the_rules_are_loaded_only_when_they_are_needed():
    code = "import sys, analytics.sources.contexts; sys.exit('ua_parser' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
