"""Each running process has a number of its own, and numbers are used again."""

import os
import subprocess
import sys

from django.conf import settings

from analytics.metrics.process_numbers import ProcessNumbers

TAKE = """
import sys; from pathlib import Path
from analytics.metrics.process_numbers import ProcessNumbers
print(ProcessNumbers(Path(sys.argv[1])).mine(), flush=True); sys.stdin.read()
"""


def take(folder) -> subprocess.Popen:
    command = [sys.executable, "-c", TAKE, str(folder)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "ideeza.test_settings"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=settings.BASE_DIR, env=environment, **pipes)


def test_processes_at_once_have_different_numbers_and_a_killed_one_frees_its_own(tmp_path):
    first, second = take(tmp_path), take(tmp_path)
    numbers = {int(each.stdout.readline()): each for each in (first, second)}
    assert sorted(numbers) == [0, 1]
    numbers[0].kill()
    numbers[0].communicate()
    third = take(tmp_path)
    assert int(third.stdout.readline()) == 0
    for each in (numbers[1], third):
        each.communicate()


def test_a_process_keeps_its_number(tmp_path):
    numbers = ProcessNumbers(tmp_path)
    assert [numbers.mine(), numbers.mine()] == [0, 0]
    assert ProcessNumbers(tmp_path).mine() == 1


def test_a_forked_process_takes_a_number_of_its_own(tmp_path):
    numbers = ProcessNumbers(tmp_path)
    assert numbers.mine() == 0
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, b"%d" % numbers.mine())
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 10) == b"1"
    assert (numbers.mine(), ProcessNumbers(tmp_path).mine()) == (0, 1)
