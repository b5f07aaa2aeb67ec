"""A killed import leaves whole batches. The next import continues there and stores each view once."""

import signal
import time
from pathlib import Path

import pytest

from analytics.models import Blog, BlogView, ImportCheckpoint
from analytics.tests.processes.killed_import import BATCH_LINES, STEPS
from analytics.tests.processes.other_process import TIMEOUT_SECONDS, manage, result_of, start

COMMITTED = {"a batch is committed": 3, "all is committed": 5}
"""The number of batches stored after a step. It is 1 after "blogs are made", and 2 after all others."""


def log(path: Path, lines: int) -> Path:
    """Write a log with a view each second, of a new page every 40 seconds."""
    path.write_text(
        "".join(
            f"8.8.8.8 - - [17/May/2015:{at // 3600:02}:{at // 60 % 60:02}:{at % 60:02} +0000] "
            f'"GET /{at // 40} HTTP/1.1" 200 1 "-" "Opera/9.80"\n'
            for at in range(lines)
        )
    )
    return path


def seen() -> list[int]:
    """Return the seconds of the day at which there was a view."""
    times = BlogView.objects.order_by("timestamp").values_list("timestamp", flat=True)
    return [time.hour * 3600 + time.minute * 60 + time.second for time in times]


@pytest.mark.parametrize("step", STEPS)
def test_an_import_killed_once(empty, tmp_path, step):
    path = log(tmp_path / "access.log", 5 * BATCH_LINES)
    code, _, errors = result_of(start("-m", "analytics.tests.processes.killed_import", step, str(path)))
    assert code == -signal.SIGKILL, errors
    batches = COMMITTED.get(step, 1 if step == "blogs are made" else 2)
    assert seen() == list(range(batches * BATCH_LINES))
    assert ImportCheckpoint.objects.count() == batches
    code, said, errors = manage("import_views", str(path))
    assert code == 0, errors
    assert f"{batches * BATCH_LINES} were in before" in said
    assert seen() == list(range(5 * BATCH_LINES))
    assert Blog.objects.count() == -(-5 * BATCH_LINES // 40)


def test_an_import_killed_at_any_moment(empty, tmp_path):
    path = log(tmp_path / "access.log", 50_000)
    process, deadline = start("manage.py", "import_views", str(path)), time.monotonic() + TIMEOUT_SECONDS
    while not ImportCheckpoint.objects.exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.01)
    process.kill()
    result_of(process)
    done = seen()
    assert done == list(range(len(done)))
    assert done and len(done) == ImportCheckpoint.objects.latest("id").lines
    assert manage("import_views", str(path))[0] == 0
    assert seen() == list(range(50_000))


def test_two_imports_of_one_file_at_once_count_each_view_once(empty, tmp_path):
    path = log(tmp_path / "access.log", 40_000)
    both = [start("manage.py", "import_views", str(path)) for _ in range(2)]
    codes = sorted(result_of(process)[0] for process in both)
    assert codes in ([0, 0], [0, 75])
    assert seen() == list(range(40_000))
