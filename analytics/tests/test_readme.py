"""The README and docs/ name what exists: variables, commands, targets, packages, URLs and files."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands
from django.urls import URLPattern, get_resolver
from django.urls.resolvers import RoutePattern

from analytics.sources.files.page_requests import ASSETS

ROOT = Path(settings.BASE_DIR)
MAX_README_LINES = 130
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    *(f"docs/{path.name}" for path in (ROOT / "docs").glob("*.md")),
)
FOLDERS = ("analytics", "bench", "docs", "ideeza", "src", ".ci", ".github")
IGNORED_BY_GIT = ("bench/results/",)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def variables_read() -> set[str]:
    """Return the first argument of each call like `env.flag("DEBUG")`."""
    modules = [ast.parse(text(f"ideeza/{name}.py")) for name in ("env", "settings", "test_settings")]
    calls = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call) and node.args]
    firsts = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    return {first for first in firsts if re.fullmatch(r"[A-Z][A-Z_]+", str(first))}


def routes() -> Iterator[str]:
    """Yield each URL without the slash at its end, a parameter as its name: api/visits/<id>. The admin is left
    out, and so are patterns for other spellings."""
    for pattern in get_resolver().url_patterns:
        if isinstance(pattern, URLPattern) and isinstance(pattern.pattern, RoutePattern):
            yield re.sub(r"<\w+:(\w+)>", r"<\1>", str(pattern.pattern)).rstrip("/")


def paths_named(page: str) -> Iterator[str]:
    """Yield the files that a page names in backticks or links to, as seen from the root."""
    found = text(page)
    for name in re.findall(r"`([\w.*-]+(?:/[\w.*-]+)*/?)`", found):
        if name.split("/")[0] in FOLDERS and "/" in name and name not in IGNORED_BY_GIT:
            yield name
    for link in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", found):
        yield str(((ROOT / page).parent / link).resolve().relative_to(ROOT))


def test_the_readme_is_short():
    assert len(text("README.md").splitlines()) <= MAX_README_LINES


def test_every_variable_that_is_read_is_documented():
    assert "DATABASE_URL" in variables_read()
    assert variables_read() - set(re.findall(r"`([A-Z_]+)`", text("docs/configuration.md"))) == set()


def test_docker_passes_on_every_variable_that_is_read():
    passed_on = set(re.findall(r"^    ([A-Z_]+):", text("docker-compose.yml"), re.M))
    assert variables_read() - passed_on == {"DEBUG", "TEST_DATABASE_URL", "TEST_REDIS_URL"}


def test_every_command_is_documented():
    ours = {name for name, app in get_commands().items() if app == "analytics"}
    assert ours - set(re.findall(r"`([a-z_]+)[ `]", text("docs/operations.md"))) == set()


def test_every_target_of_make_is_documented():
    targets = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.M))
    assert "test" in targets
    assert targets - set(re.findall(r"make ([a-z]+)", text("CONTRIBUTING.md"))) == set()


def test_every_package_is_explained():
    packages = re.findall(r"^([A-Za-z][\w-]*)==", text("requirements.txt"), re.M)
    named = set(re.findall(r"[a-z][\w-]*", text("docs/decisions.md").lower()))
    assert {package.lower() for package in packages} - named == set()


def test_every_url_is_documented():
    page = text("docs/api.md")
    found = {route for route in routes() if route and route != "admin"}
    assert {"events", "events/<id>", "api/visits", "dashboard"} <= found
    assert {route for route in found if not re.search(rf"[` ]/{re.escape(route)}/?[`?]", page)} == set()


@pytest.mark.parametrize("page", PAGES)
def test_every_file_that_is_named_exists(page):
    missing = {path for path in paths_named(page) if not any(ROOT.glob(path))}
    assert missing == set()


def test_the_readme_links_to_every_page_of_docs():
    assert {page for page in PAGES if page.startswith("docs/") and f"({page})" not in text("README.md")} == set()


def test_pre_commit_uses_the_versions_of_the_development_requirements():
    pinned = set(re.findall(r'"([\w-]+==[\w.]+)"', text(".pre-commit-config.yaml")))
    assert pinned
    assert pinned - set(text("dev-requirements.txt").splitlines()) == set()


def test_the_endings_of_paths_that_are_no_pages_are_documented():
    blocks = text("docs/operations.md").split("```")[1::2]
    assert ASSETS in [frozenset(block.split()) for block in blocks]
