"""Compare how fast two working trees of this repository write views: `python -m bench.writing OTHER_TREE [ROUNDS]`.

Both are measured in turn, in one run, each in a process and a PostgreSQL database of its own, so that other load on the
machine affects both alike. The times are those of the process and of the clock: medians, in milliseconds.
"""

import io
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

HERE = Path(__file__).resolve().parent.parent
LOG = "analytics/tests/data/access.log.gz"
SINGLE_POSTS, LISTS, LIST_VIEWS, SEEDED_VIEWS = 200, 5, 500, 200_000
LIGHT, HEAVY = ("post", "list of a server", "list of a page"), ("import", "seed")
"""What is measured in each round, and in each third."""
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:120.0) Gecko/20100101 Firefox/120.0"
SERVER = "python-requests/2.31.0"


class Tree:
    """A process that works with the code of one tree."""

    def __init__(self, name: str, root: Path) -> None:
        self.name = name
        environment = _environment(name, root)
        subprocess.run([sys.executable, "manage.py", "migrate", "-v0"], cwd=root, env=environment, check=True)
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), "--child"],
            cwd=root,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.times: dict[str, list[tuple[float, float]]] = {}

    def measure(self, what: str) -> None:
        print(what, file=_open(self._process.stdin), flush=True)
        process, clock = json.loads(_open(self._process.stdout).readline())
        self.times.setdefault(what, []).append((process, clock))

    def medians(self, what: str) -> list[float]:
        return [1000 * statistics.median(times) for times in zip(*self.times[what], strict=True)]


def _open(stream: IO[str] | None) -> IO[str]:
    if stream is None:
        raise ValueError("The process has no such stream.")
    return stream


def _environment(name: str, root: Path) -> dict[str, str]:
    import psycopg2

    from bench.scratch import SERVER

    database = f"ideeza_bench_writing_{name}"
    with closing(psycopg2.connect(SERVER)) as server:
        server.autocommit = True
        server.cursor().execute(f"DROP DATABASE IF EXISTS {database}")
        server.cursor().execute(f"CREATE DATABASE {database}")
    return {
        **{key: value for key, value in os.environ.items() if not key.startswith(("IDEEZA_", "TEST_", "REDIS"))},
        "DATABASE_URL": urlunsplit(urlsplit(SERVER)._replace(path=f"/{database}")),
        "DJANGO_SETTINGS_MODULE": "ideeza.settings",
        "IDEEZA_API_OPEN": "true",
        "SECRET_KEY": "only for measurements, " * 2,
        "PYTHONPATH": os.pathsep.join((str(root), str(root / "src"))),
    }


def main(other: str, rounds: int) -> None:
    trees = [Tree("before", Path(other).resolve()), Tree("after", HERE)]
    for number in range(rounds):
        for what in (*LIGHT, *(HEAVY if number % 3 == 0 else ())):
            for tree in trees if number % 2 else reversed(trees):
                tree.measure(what)
    print("| what | before: process | after: process | change | before: clock | after: clock | change |")
    print("|---|---|---|---|---|---|---|")
    for what, count in zip((*LIGHT, *HEAVY), (SINGLE_POSTS, LISTS, LISTS, 1, 1), strict=True):
        before, after = ([each / count for each in tree.medians(what)] for tree in trees)
        columns = [f"{b:.2f} ms | {a:.2f} ms | {100 * (a / b - 1):+.1f} %" for b, a in zip(before, after, strict=True)]
        print(f"| {what} | {' | '.join(columns)} |")


def child() -> None:
    """Run what the lines of the standard input say, and print the seconds of the process and of the clock."""
    import django

    django.setup()
    ways = _ways()
    for each in ways.values():
        each()
    for line in sys.stdin:
        process, clock = time.process_time(), time.perf_counter()
        ways[line.strip()]()
        # The truncation before an import or a sample is not counted.
        spent = [time.process_time() - process, time.perf_counter() - clock]
        print(json.dumps([each - less for each, less in zip(spent, _emptying, strict=True)]), flush=True)
        _emptying[:] = [0.0, 0.0]


_emptying = [0.0, 0.0]


def _ways() -> dict[str, Callable[[], object]]:
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection
    from django.test import Client

    from analytics.models import Blog

    def forget_contexts() -> None:
        with suppress(ImportError):  # the other tree may have none
            from analytics.warehouse.store import contexts

            contexts.clear_cache()

    author, client = User.objects.create(username="ann"), Client(HTTP_HOST="localhost")
    blogs = [Blog.objects.create(title=f"{n}", author=author, url=f"a.example/{n}").pk for n in range(100)]
    views = [{"blog_id": blog, "country_code": "DE"} for blog in blogs]

    def post(body: Any, agent: str) -> None:
        path, headers = "/api/analytics/views/", {"User-Agent": agent}
        answer = client.post(path, json.dumps(body), content_type="application/json", headers=headers)
        if answer.status_code not in (200, 201):
            raise ValueError(answer.content)

    def empty() -> None:
        process, clock = time.process_time(), time.perf_counter()
        forget_contexts()  # a command starts without remembered ids
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE analytics_blogview, analytics_importcheckpoint")
        _emptying[:] = [time.process_time() - process, time.perf_counter() - clock]

    def import_log() -> None:
        empty()
        call_command("import_views", HERE / LOG, "--host", "semicomplete.com", stdout=io.StringIO())

    def seed() -> None:
        empty()
        call_command("seed_data", "--views", str(SEEDED_VIEWS), "--until", "2026-01-01", stdout=io.StringIO())

    return {
        "post": lambda: [post(view, FIREFOX) for view in views * (SINGLE_POSTS // 100)],
        "list of a server": lambda: [post(views * (LIST_VIEWS // 100), SERVER) for _ in range(LISTS)],
        "list of a page": lambda: [post(views * (LIST_VIEWS // 100), FIREFOX) for _ in range(LISTS)],
        "import": import_log,
        "seed": seed,
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["--child"]:
        child()
    else:
        main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 25)
