"""Each command ends with one line and an exit code, without a traceback, whatever is wrong around it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from analytics.management.base import NOT_MIGRATED
from analytics.tests.processes.other_process import manage, process_environment, result_of, start
from analytics.tests.processes.servers import free_port

COMMANDS = {
    "collect": ["--once"],
    "create_key": ["x"],
    "create_login": ["a", "b"],
    "erase": ["--viewer", "a"],
    "merge_urls": [],
    "precalculate_stats": [],
    "purge_facts": ["--before", "2020-01-01"],
    "replay_errors": [],
    "seed_data": [],
    "verify_stats": [],
}
EVERY = [[name, *arguments] for name, arguments in COMMANDS.items()]
HUGE = "9" * 30


def assert_one_line(errors: str) -> None:
    """Require one line beside those that the worker logs."""
    assert len([line for line in errors.splitlines() if " WARNING " not in line]) == 1, errors


@pytest.mark.parametrize("command", EVERY, ids=COMMANDS)
def test_an_unmigrated_database_is_named_as_such(scratch, command):
    code, _, errors = manage(*command)
    assert_one_line(errors)
    assert code == 78 and NOT_MIGRATED in errors


def test_freshness_is_unknown_without_migrations(scratch):
    code, _, errors = manage("check_freshness")
    assert (code, errors) == (2, f"UNKNOWN: {NOT_MIGRATED}\n")


@pytest.mark.parametrize("command", EVERY, ids=COMMANDS)
def test_no_database_is_one_line(command):
    code, _, errors = manage(*command, url=f"postgres://nobody:hidden@127.0.0.1:{free_port()}/x")
    assert_one_line(errors)
    assert code == 69 and "The database failed: " in errors and "hidden" not in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ["precalculate_stats", "--days", HUGE],
        ["precalculate_stats", "--max-seconds", "9" * 5000],
        ["check_freshness", "--max-age", HUGE],
        ["seed_data", "--days", "999999999"],
        ["seed_data", "--until", "0001-01-01"],
        ["seed_data", "--until", "9999-12-31"],
        ["seed_data", "--blogs", "999999999"],
        ["generate_perf_data", "--views", HUGE],
        ["create_login", "\udcff", "p"],
        ["erase", "--session", "\udcff"],
    ],
    ids=lambda arguments: " ".join(arguments)[:40].encode("ascii", "replace").decode(),
)
def test_a_hostile_argument_is_a_usage_error(empty, arguments):
    code, _, errors = manage(*arguments)
    assert code == 2 and errors and "Traceback" not in errors


@pytest.mark.parametrize(("target", "code"), [("/dev/full", 74), (">&-", 0), ("| true", 141)])
def test_an_output_that_cannot_be_written_is_no_traceback(empty, target, code):
    command = f"{sys.executable} manage.py verify_stats {target if target[0] in '>|' else f'>{target}'}"
    script = f"set -o pipefail; {command}"
    options = {"cwd": Path(settings.BASE_DIR), "env": process_environment(), "capture_output": True, "text": True}
    ended = subprocess.run(["bash", "-c", script], **options)
    assert "Traceback" not in ended.stderr and "Exception" not in ended.stderr
    assert ended.returncode == code


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_signal_ends_a_command_without_a_traceback(empty, tmp_path, sent, code):
    os.mkfifo(tmp_path / "log")
    running = start("manage.py", "import_views", str(tmp_path / "log"))
    with (tmp_path / "log").open("wb"):  # waits until the command reads
        running.send_signal(sent)
        ended, _, errors = result_of(running)
    assert "Traceback" not in errors
    assert ended == code
