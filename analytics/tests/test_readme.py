"""The README names what there is: variables, commands, targets and packages."""

import ast
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

ROOT = Path(settings.BASE_DIR)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def readme() -> str:
    return text("README.md")


def variables_read() -> set[str]:
    """The first argument of each call like `env.flag("DEBUG")`."""
    modules = [ast.parse(text(f"ideeza/{name}.py")) for name in ("env", "settings", "test_settings")]
    calls = [node for module in modules for node in ast.walk(module) if isinstance(node, ast.Call) and node.args]
    firsts = [call.args[0].value for call in calls if isinstance(call.args[0], ast.Constant)]
    return {first for first in firsts if re.fullmatch(r"[A-Z][A-Z_]+", str(first))}


def test_it_names_every_variable_that_is_read(readme):
    assert "DATABASE_URL" in variables_read()
    assert variables_read() - set(re.findall(r"`([A-Z_]+)`", readme)) == set()


def test_it_names_every_command(readme):
    ours = {name for name, app in get_commands().items() if app == "analytics"}
    assert ours - set(re.findall(r"`([a-z_]+)[ `]", readme)) == set()


def test_it_names_every_target_of_make(readme):
    targets = set(re.findall(r"^([a-z]+):.*## ", text("Makefile"), re.M))
    assert "test" in targets
    assert targets - set(re.findall(r"make ([a-z]+)", readme)) == set()


def test_it_names_every_package(readme):
    packages = re.findall(r"^([A-Za-z][\w-]*)==", text("requirements.txt"), re.M)
    assert {package.lower() for package in packages} - set(re.findall(r"[a-z][\w-]*", readme.lower())) == set()
