"""What a page's script imports, found by reading it, so that a browser can fetch it all at once."""

import re
from collections.abc import Iterator
from functools import cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static

FOLDER = "dashboard/js"
IMPORT = re.compile(r"""from ["']\./(\w+)\.js["']""")


@cache
def modules(page: str) -> list[str]:
    """The address of every module that the script of `page` imports, directly or not."""
    return [static(f"{FOLDER}/{name}.js") for name in _reached(page, set())]


def _reached(name: str, seen: set[str]) -> Iterator[str]:
    for other in IMPORT.findall(_source(name)):
        if other not in seen:
            seen.add(other)
            yield other
            yield from _reached(other, seen)


def _source(name: str) -> str:
    path = finders.find(f"{FOLDER}/{name}.js")
    with open(path, encoding="utf-8") as file:
        return file.read()
