"""`python -m bench.cluster [VIEWS]`: the same views on a ClickHouse cluster of two shards of two replicas and in
PostgreSQL, one after the other: batches committed a second, disk, a full roll-up, one stale day, and the same
questions of both summaries; and what a billion views a day need by these figures. It needs PostgreSQL,
clickhouse-server and zookeeper, starts the cluster, and creates databases of its own. 10 million views are the
default."""

import json
import math
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from bench import data, report, scratch
from bench.traffic import BATCH

VIEWS = 10_000_000
NOW = "2026-06-01"
ROUNDS, QUESTIONS_A_ROUND = 3, 4
LISTS, VIEWS_A_LIST = 400, 500
A_DAY, PEAK, DISK = 10**9, 4, 4 * 10**12
GROUPS = 581
"""The values of the eight default dimensions of the benchmark, with unknown ones and the total."""
POSTGRESQL, CLUSTER = "PostgreSQL", "cluster"
PROGRAM_FOLDERS = "/usr/bin:/usr/sbin:/usr/local/bin"


class Side:
    """One of the two places, with summaries of its own in PostgreSQL. Each measurement is a process of its own."""

    def __init__(self, name: str, facts: str) -> None:
        self.name = name
        self._environment = scratch.child_environment(scratch.empty(f"cluster_{name.lower()}"))
        self._environment |= {"IDEEZA_FACTS": facts}

    def measure(self, act: str, **arguments: Any) -> Any:
        _say(f"{self.name}: {act} ...")
        command = [sys.executable, "-m", "bench.child", "cluster_side", json.dumps({"act": act, **arguments})]
        ran = subprocess.run(command, cwd=scratch.ROOT, env=self._environment, stdout=subprocess.PIPE, check=True)
        _say(f"{self.name}: {act}: {ran.stdout.decode().strip()[:300]}")
        return json.loads(ran.stdout)


def _say(text: str) -> None:
    """Show what a run of half an hour has found so far."""
    print(text, file=sys.stderr, flush=True)


def main(views: int) -> None:
    started = time.monotonic()
    with TemporaryDirectory(dir=_folder()) as folder:
        cluster = _start(Path(folder))
        try:
            sides = [Side(POSTGRESQL, ""), Side(CLUSTER, cluster.url("bench"))]
            print("\n\n".join(_sections(views, sides, cluster)))
        finally:
            cluster.stop()
    _say(f"In all {time.monotonic() - started:.0f} s.")


def _folder() -> Path:
    scratch.FOLDER.mkdir(parents=True, exist_ok=True)
    return scratch.FOLDER


def _start(folder: Path) -> Any:
    from analytics.tests.processes.clickhouse import ClickHouseCluster

    programs = {name: shutil.which(name, path=PROGRAM_FOLDERS) or name for name in ("clickhouse-server", "java")}
    return ClickHouseCluster(programs, folder)


def _sections(views: int, sides: list[Side], cluster: Any) -> list[str]:
    written = {side.name: side.measure("write", views=views) for side in sides}
    disk = {POSTGRESQL: _table_bytes(), CLUSTER: _parts_bytes(cluster)}
    rolled = {side.name: side.measure("roll_up", now=NOW) for side in sides}
    days = {side.name: side.measure("days", now=NOW) for side in sides}
    asked = _questions(sides)
    collected = {side.name: side.measure("collect", lists=LISTS, size=VIEWS_A_LIST) for side in sides}
    if {each["facts"] for each in rolled.values()} != {views}:
        _say(f"The roll-ups counted {rolled}")
    if written[CLUSTER]["repeated"]:
        _say(f"{written[CLUSTER]['repeated']} inserts were repeated")
    measured = {
        name: Measured(
            views / written[name]["seconds"],
            LISTS * VIEWS_A_LIST / collected[name]["seconds"],
            disk[name] / views,
            views / rolled[name]["seconds"],
            rolled[name]["peak"],
            rolled[name]["added"] / min(views, rolled[name]["portion"]),
            rolled[name]["bytes"] / views,
            days[name]["p50"],
        )
        for name in disk
    }
    return [
        f"Measured by `python -m bench.cluster {views}`: {report.machine()}. PostgreSQL {scratch.server_version()}, "
        "two shards of two replicas of ClickHouse 18.16, all on this machine.",
        report.table(["", "what", *disk], _measured_lines(*measured.values())),
        report.table(["question, median", *disk, "ratio"], asked),
        report.table(["a billion views a day", "from", "figure"], _on_paper(measured[CLUSTER])),
    ]


class Measured(NamedTuple):
    """Rates are views a second; memory is what the roll-up needs for each view of a portion, in bytes."""

    written: float
    collected: float
    disk: float
    rolled: float
    peak: float
    memory: float
    summaries: float
    day: float


def _measured_lines(*sides: Measured) -> list[list[str]]:
    names = (
        (f"W: views committed a second, in batches of {BATCH:,}", "{0.written:,.0f}"),
        (f"C: views a second that one process of `collect` stores, in lists of {VIEWS_A_LIST}", "{0.collected:,.0f}"),
        ("D: bytes a view on disk, of one replica", "{0.disk:.0f}"),
        ("R: views a second of a full roll-up, by the eight default roll-ups", "{0.rolled:,.0f}"),
        ("M: its memory, in bytes for each view of a portion", "{0.memory:,.0f}"),
        ("S: bytes of summaries a view", "{0.summaries:.1f}"),
    )
    lines = [[*name.split(": ", 1), *(form.format(side) for side in sides)] for name, form in names]
    lines.append(["", "peak memory of the full roll-up", *(f"{side.peak / 1e6:,.0f} MB" for side in sides)])
    return [*lines, ["", "one stale day, median", *(report.seconds(side.day) for side in sides)]]


def _on_paper(found: Measured) -> list[list[str]]:
    """Calculate what a billion views a day need."""
    average = A_DAY / 86_400
    peak, disk = PEAK * average, 365 * A_DAY * found.disk * 2
    shards = math.ceil(disk / (DISK * 2 / 3) / 2)
    return [
        ["views a second, on average and at the peak", f"{PEAK} x as many", f"{average:,.0f}; {peak:,.0f}"],
        ["share of the ingest of this machine, at the peak", "peak / W", f"{peak / found.written:.0%}"],
        ["processes of `collect`, at the peak", "peak / C", f"{math.ceil(peak / found.collected)}"],
        ["disk a year, two replicas", "365 x 10^9 x D x 2", f"{disk / 1e12:.0f} TB"],
        ["shards of two machines by disk, of 4 TB, two thirds full", "disk / 2.7 TB / 2", f"{shards}"],
        ["views a second of each shard, at the peak", "peak / shards", f"{peak / shards:,.0f}"],
        ["a day recounted by one process", "10^9 / R", f"{A_DAY / found.rolled / 60:.0f} minutes"],
        ["its memory", "10^9 x M", f"{A_DAY * found.memory / 1e9:,.0f} GB"],
        ["summaries a day, at most", "groups x blogs x 5 bytes", f"{GROUPS * data.BLOGS * 5 / 1e6:.0f} MB"],
        ["summaries a day with a million blogs, at most", "the same", f"{GROUPS * 5e6 / 1e9:.1f} GB"],
    ]


def _questions(sides: list[Side]) -> list[list[str]]:
    """Ask both in turn, so that other load on the machine affects both alike."""
    rounds = [[side.measure("ask", rounds=QUESTIONS_A_ROUND) for side in sides] for _ in range(ROUNDS)]
    lines, ratios = [], []
    for name in rounds[0][0]:
        if len({asked[name]["rows"] for both in rounds for asked in both}) > 1:
            print(f"{name}: the answers differ", file=sys.stderr)
        medians = [
            statistics.median(each for both in rounds for each in both[place][name]["seconds"])
            for place in range(len(sides))
        ]
        ratios.append(medians[1] / medians[0])
        lines.append([name, *map(report.seconds, medians), f"{ratios[-1]:.2f}"])
    return [*lines, ["all questions, median of the ratios", "", "", f"{statistics.median(ratios):.2f}"]]


def _table_bytes() -> int:
    import psycopg2

    with psycopg2.connect(scratch.SERVER.rpartition("/")[0] + "/ideeza_bench_cluster_postgresql") as connection:
        cursor = connection.cursor()
        cursor.execute("SELECT pg_total_relation_size('analytics_blogview')")
        return int(cursor.fetchone()[0])


def _parts_bytes(cluster: Any) -> int:
    """Return the bytes of one replica of each shard."""
    sql = "SELECT sum(bytes_on_disk) FROM system.parts WHERE database = 'bench' AND table = 'views' AND active"
    return sum(int(server.execute(sql)[0][0]) for server in cluster.servers.values() if server.replica == 1)


if __name__ == "__main__":
    main(int(sys.argv[1].replace("_", "")) if len(sys.argv) > 1 else VIEWS)
