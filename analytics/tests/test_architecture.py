"""Rules that `.importlinter` cannot check: environment, settings, clock, names and prose."""

import ast
import re
import tokenize
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ENTRANCES = ["manage.py", "ideeza/asgi.py", "ideeza/wsgi.py"]
BEFORE_NUMPY = "ideeza/numpy_cpu.py"
"""It writes one variable that numpy reads. `ideeza/env.py` needs numpy."""
EDGES = re.compile(
    r"analytics/(dashboard/|management/|admin|services\.py|clock\.py|http/|health/|(access|ingest|live|warehouse)/api/)"
)
CLOCKS = ("now", "now_microseconds", "utcnow", "today", "localdate", "localtime")


def files(*folders: str) -> list[str]:
    """Return every Python file below these folders, as a path from the root."""
    found = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return [path.relative_to(ROOT).as_posix() for path in found]


def running(*folders: str) -> list[str]:
    """Return the files that run in production: all but the tests."""
    return [path for path in files(*folders) if "/tests/" not in path]


def tree(path: str) -> ast.Module:
    return ast.parse((ROOT / path).read_text(encoding="utf-8"), path)


def named(node: ast.AST | None, *dotted: str) -> bool:
    """Return whether the node imports one of the dotted names, or refers to it."""
    if isinstance(node, ast.ImportFrom):
        return any(f"{node.module}.{alias.name}" in dotted for alias in node.names)
    return isinstance(node, ast.Attribute | ast.Name) and ast.unparse(node) in dotted


def reads_the_environment(node: ast.AST) -> bool:
    return named(node, "os.environ", "os.environb", "os.getenv")


def reads_the_settings(node: ast.AST) -> bool:
    return named(node, "django.conf.settings", "conf.settings")


def reads_the_clock(node: ast.AST) -> bool:
    """Return whether the node calls a clock. `default=timezone.now` only names it; the code that saves calls it."""
    if not isinstance(node, ast.Call):
        return False
    method = isinstance(node.func, ast.Attribute) and node.func.attr in CLOCKS
    return method or named(node.func, "time.time", "time.time_ns")


def changes_the_import_path(node: ast.AST) -> bool:
    return named(node, "sys.path", "site.addsitedir")


def offences(paths: list[str], offends: Callable[[ast.AST], bool]) -> list[str]:
    return [f"{path}:{node.lineno}" for path in paths for node in ast.walk(tree(path)) if offends(node)]


def only_names_the_user_model(path: str) -> bool:
    """Return whether the only setting is AUTH_USER_MODEL, which models and migrations need for a foreign key to the
    user."""
    used = {ast.unparse(node) for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    of_settings = {name for name in used if name.startswith("settings.")}
    return path.startswith(("analytics/models/", "analytics/migrations/")) and of_settings == {
        "settings.AUTH_USER_MODEL"
    }


@pytest.mark.parametrize(
    "offends, code",
    [
        (reads_the_environment, "os.environ['A']"),
        (reads_the_environment, "os.getenv('A')"),
        (reads_the_environment, "from os import environ"),
        (reads_the_settings, "from django.conf import settings"),
        (reads_the_settings, "conf.settings.DEBUG"),
        (reads_the_clock, "timezone.now()"),
        (reads_the_clock, "datetime.date.today()"),
        (reads_the_clock, "time.time()"),
        (reads_the_clock, "clock.now_microseconds()"),
        (changes_the_import_path, "sys.path.insert(0, 'src')"),
    ],
)
def test_each_offence_would_be_seen(offends, code):
    assert any(map(offends, ast.walk(ast.parse(code))))


@pytest.mark.parametrize("code", ["DateTimeField(default=timezone.now)", "time.perf_counter()"])
def test_the_clock_may_be_named_and_durations_measured(code):
    assert not any(map(reads_the_clock, ast.walk(ast.parse(code))))


def test_only_env_reads_the_environment():
    allowed = ("ideeza/env.py", BEFORE_NUMPY, *ENTRANCES)
    paths = [path for path in running("ideeza", "analytics", "src") if path not in allowed]
    assert offences(paths, reads_the_environment) == []


@pytest.mark.parametrize("path", ENTRANCES)
def test_an_entrance_only_names_the_settings(path):
    assert len(offences([path], reads_the_environment)) == 1
    assert "os.environ.setdefault('DJANGO_SETTINGS_MODULE', " in ast.unparse(tree(path))


def test_only_conf_reads_the_settings():
    paths = [path for path in running("analytics") if path != "analytics/conf.py"]
    assert offences([path for path in paths if not only_names_the_user_model(path)], reads_the_settings) == []


def test_only_edges_read_the_clock():
    paths = [path for path in running("analytics", "src") if not EDGES.match(path)]
    assert offences(paths, reads_the_clock) == []


def test_nothing_changes_the_import_path():
    paths = ["manage.py", *files("ideeza", "analytics", "src", "bench")]
    assert offences(paths, changes_the_import_path) == []


def test_no_class_name_is_defined_twice():
    """Commands and migrations are exceptions, because Django finds them by that name."""
    defined = Counter(
        node.name
        for path in running("analytics", "src", "ideeza")
        for node in tree(path).body
        if isinstance(node, ast.ClassDef) and node.name not in ("Command", "Migration")
    )
    assert [name for name, times in defined.items() if times > 1] == []


APART = ("processes", "browser")
"""Folders of tests that do not belong to one module."""


def is_tested(path: str) -> bool:
    """Return whether the module that a test file is named after exists. `test_write_visits.py` may be of `write.py`."""
    folder, _, name = path.removeprefix("analytics/tests/").removesuffix(".py").rpartition("/test_")
    words = name.split("_")
    candidates = [ROOT / "analytics" / folder / "_".join(words[:count]) for count in range(1, len(words) + 1)]
    return any(module.with_suffix(".py").exists() or module.is_dir() for module in candidates)


def test_a_test_file_is_named_after_the_module_it_tests():
    nested = [path for path in files("analytics/tests") if re.match(r"analytics/tests/.*/test_", path)]
    mirrored = [path for path in nested if path.split("/")[2] not in APART]
    assert len(mirrored) > 30
    assert [path for path in mirrored if not is_tested(path)] == []
    assert not is_tested("analytics/tests/warehouse/flow/test_nothing.py")


def words_to_avoid() -> re.Pattern[str]:
    """Return a pattern of the words that CONTRIBUTING.md lists."""
    prose = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    listed = re.search(r"Words to avoid [^:]*: ([^.]*)\.", prose)[1]
    return re.compile(
        r"\b(" + "|".join(re.sub(r"\s+", r"\\s+", word) for word in re.split(r",\s+", listed)) + r")\b", re.I
    )


PROSE_TOKENS = ("COMMENT", "STRING", "FSTRING_MIDDLE")
"""From Python 3.12 on, the text of an f-string is a token of its own."""


def texts(path: str) -> list[str]:
    """Return the comments and strings of a file."""
    with (ROOT / path).open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    return [token.string.lstrip("# ") for token in tokens if tokenize.tok_name[token.type] in PROSE_TOKENS]


@pytest.mark.parametrize("text", ["Nobody knows.", "It is made anew.", "This can not\n    happen."])
def test_a_word_to_avoid_is_found(text):
    assert words_to_avoid().search(text)


def test_prose_is_plain():
    avoid = words_to_avoid()
    found = {path: avoid.findall("\n".join(texts(path))) for path in running("analytics", "ideeza", "src", "bench")}
    assert {path: words for path, words in found.items() if words} == {}
