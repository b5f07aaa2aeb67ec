"""Take the pictures of the README again: `python -m bench.screenshots` (or `make screenshots`)."""

import subprocess
import sys
import tempfile

from bench import scratch


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = scratch.Scratch(0, f"sqlite:///{folder}/pictures.sqlite3")
        environment = scratch.child_environment(place)
        for command in (["manage.py", "migrate", "--verbosity", "0"], ["-m", "bench.child", "pictures", "{}"]):
            subprocess.run([sys.executable, *command], cwd=scratch.ROOT, env=environment, check=True)


if __name__ == "__main__":
    main()
