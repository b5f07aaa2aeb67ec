"""A command loads what it needs and no more: cron starts one each minute."""

import pytest

from analytics.tests.processes.other_process import start

HEAVY = {
    "django_redis",
    "drf_yasg.openapi",
    "granian",
    "jinja2",
    "prometheus_client",
    "redis",
    "requests",
    "rest_framework.views",
    "rest_framework_simplejwt.tokens",
    "urllib3",
}
"""Modules that take long to load, and that no roll-up needs."""
LISTING = """
import sys
from django.core.management import execute_from_command_line
try:
    execute_from_command_line(["manage.py", *sys.argv[1:]])
finally:
    print("loaded:", *sys.modules)
"""


def modules_of(*command: str) -> set[str]:
    """Return the modules that a process loads to run a command."""
    process = start("-c", LISTING, *command)
    out, errors = process.communicate(timeout=60)
    assert "loaded:" in out, errors
    return set(out.rpartition("loaded:")[2].split())


@pytest.mark.parametrize(
    "command", [["precalculate_stats", "--help"], ["precalculate_stats"], ["verify_stats", "--help"]]
)
@pytest.mark.django_db(transaction=True)
def test_a_command_loads_no_heavy_module(command):
    assert modules_of(*command) & HEAVY == set()


def test_what_is_listed_as_heavy_is_what_the_checks_of_django_load(db):
    assert {"drf_yasg.openapi", "rest_framework.views"} <= modules_of("check")
