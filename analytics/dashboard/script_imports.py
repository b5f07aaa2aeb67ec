"""Find the JavaScript modules that a page's script imports, so that a browser can load all of them at once."""

import re
from collections.abc import Iterator
from functools import cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static

SCRIPTS_FOLDER = "dashboard/js"
IMPORT = re.compile(r"""from ["']\./(\w+)\.js["']""")


def imported_urls(script: str) -> list[str]:
    """Return the URL of every module that `script` imports, directly or through other modules."""
    return [static(f"{SCRIPTS_FOLDER}/{name}.js") for name in _imported_names(script)]


@cache
def _imported_names(script: str) -> list[str]:
    return list(_walk_imports(script, set()))


def _walk_imports(script: str, seen: set[str]) -> Iterator[str]:
    for name in IMPORT.findall(_read_source(script)):
        if name not in seen:
            seen.add(name)
            yield name
            yield from _walk_imports(name, seen)


def _read_source(script: str) -> str:
    path = finders.find(f"{SCRIPTS_FOLDER}/{script}.js")
    if path is None:
        raise FileNotFoundError(f"{SCRIPTS_FOLDER}/{script}.js")
    with open(path, encoding="utf-8") as file:
        return file.read()
