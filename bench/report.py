"""Figures as the Markdown tables of docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

OTHERS = ("PostgreSQL", "DuckDB", "ClickHouse")
HEAD = (
    "what",
    "target",
    "this: p50",
    "p95",
    "p99",
    "PostgreSQL raw",
    "DuckDB",
    "ClickHouse",
    "ahead of the next",
    "10x facts",
)
Figures = Mapping[str, Any]


def table(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """
    >>> print(table(["a", "b"], [["1", "2"]]))
    | a | b |
    |---|---|
    | 1 | 2 |
    """
    return "\n".join(
        f"| {' | '.join(line)} |" if line is not None else f"|{'---|' * len(head)}" for line in (head, None, *lines)
    )


def seconds(value: float) -> str:
    """
    >>> seconds(0.00123), seconds(0.0456), seconds(0.789), seconds(12.34)
    ('1.2 ms', '46 ms', '789 ms', '12.3 s')
    """
    if value >= 1:
        return f"{value:.1f} s"
    return f"{value * 1000:.1f} ms" if value < 0.01 else f"{value * 1000:.0f} ms"


def asked(found: Figures, smaller: Figures | None) -> list[list[str]]:
    """Return a line for each question. `smaller` has the same questions over a tenth of the facts."""
    lines = []
    for name, ways in found.items():
        mine = ways["this"]
        target = f"< {ways['target']:g} ms" if ways["target"] else ""
        mark = missed(bool(ways["target"]) and mine["p50"] * 1000 >= ways["target"])
        grown = f"x {mine['p50'] / smaller[name]['this']['p50']:.1f}" if smaller else ""
        others = [ways[other]["p50"] if other in ways else None for other in OTHERS]
        cells = [seconds(other) if other else "" for other in others]
        lines.append(
            [name, target, f"{seconds(mine['p50'])}{mark}", seconds(mine["p95"]), seconds(mine["p99"]), *cells]
            + [ahead(mine["p50"], [other for other in others if other]), grown]
        )
    return lines


def ahead(mine: float, others: Sequence[float]) -> str:
    """Return how many times longer the fastest of the others takes.

    >>> ahead(2.0, [6.0, 5.0]), ahead(2.0, [])
    ('x 2.5', '')
    """
    return f"x {min(others) / mine:.1f}" if others else ""


def missed(condition: bool) -> str:
    return " (missed)" if condition else ""


def on_sqlite(found: Figures) -> list[list[str]]:
    return [
        [name, *(seconds(ways["this"][each]) for each in ("p50", "p95", "p99")), seconds(ways["SQLite"]["p50"])]
        + [ahead(ways["this"]["p50"], [ways["SQLite"]["p50"]])]
        for name, ways in found.items()
    ]


def rolled(found: Figures, facts: int) -> Iterator[list[str]]:
    (plain,) = (name for name in found["full"] if name != "this")
    mine, theirs = found["full"]["this"]["p50"], found["full"][plain]["p50"]
    yield [
        f"first roll-up of {facts:,} facts by country and in total, by the command",
        "1.8 x faster than GROUP BY",
        f"{seconds(mine)}, {ahead(mine, [theirs])}{missed(theirs < 1.8 * mine)}",
    ]
    yield [f"{plain}: GROUP BY day, country, blog over the same facts", "", seconds(theirs)]
    yield ["facts a second", ">= 1,600,000", f"{facts / mine:,.0f}{missed(facts / mine < 1_600_000)}"]
    peak = found["peak_bytes"]
    yield ["peak memory of that process", "< 600 MB", f"{megabytes(peak)}{missed(peak >= 6e8)}"]
    yield ["the same after a COPY that left its pages out of the index", "", seconds(found["after COPY"]["p50"])]
    every = found["every roll-up"]
    yield ["every declared roll-up", "", f"{seconds(every['p50'])}, {megabytes(every['peak_bytes'])}"]
    one = found["one day"]["this"]
    yield ["one late day, with its week, month and year", "< 300 ms", seconds(one["p50"]) + missed(one["p50"] >= 0.3)]
    yield [
        "the same by the command, process start included",
        "",
        seconds(found["one day, by the command"]["this"]["p50"]),
    ]
    yield ["summaries, bytes a fact", "", f"{found['summary_bytes'] / facts:.1f}"]
    before, after = found["rebuilt_bytes"]
    yield ["size of all summaries, before and after a rebuild", "", f"{megabytes(before)}, {megabytes(after)}"]


def live_day(found: Figures) -> Iterator[list[str]]:
    run = found["run"]
    yield ["one run of the live day", "< 60 ms", seconds(run["p50"]) + missed(run["p50"] >= 0.06), seconds(run["p95"])]
    yield ["WAL of one run", "", f"{found['wal_bytes'] / 1000:,.0f} kB", ""]
    for table, (grown, kept) in found["grown"].items():
        what = f"growth of {table} after {found['runs']:,} runs without a vacuum, and after one"
        yield [what, "", megabytes(grown), megabytes(kept)]


def megabytes(size: float) -> str:
    """
    >>> megabytes(123_456_789), megabytes(40_960)
    ('123 MB', '0.04 MB')
    """
    return f"{size / 1e6:.0f} MB" if size >= 1e7 else f"{size / 1e6:.2g} MB"


def served(found: Figures) -> Iterator[list[str]]:
    for name, rate, slowest in (("unkept", 400, 0.050), ("kept", 1_500, 0.020)):
        figures = found[name]
        target = f">= {rate:,}/s, p99 < {seconds(slowest)}"
        bad = figures["rate"] < rate or figures["p99"] >= slowest
        yield [
            {"unkept": "top authors of 30 days, each question once", "kept": "the same question, cached"}[name],
            target,
            f"{figures['rate']:,.0f}/s{missed(bad)}",
            *(seconds(figures[each]) for each in ("p50", "p95", "p99")),
        ]


def remembered(found: Figures) -> Iterator[list[str]]:
    first, last = found["questions"] // 10, found["questions"]
    yield ["idle, after its first answers", "", megabytes(found["idle"])]
    late = missed(found["beyond"] >= 150_000_000)
    yield ["the most that a question takes beyond", "< 150 MB", f"{megabytes(found['beyond'])}{late}"]
    grown = missed(found["late"] > 1.05 * found["early"])
    yield [f"after {first:,} questions", "", megabytes(found["early"])]
    yield [f"after {last:,} questions", "no growth", f"{megabytes(found['late'])}{grown}"]


def live(found: Figures) -> Iterator[list[str]]:
    for name, most, what in (
        ("snapshot", 0.250, "a snapshot of 1,000 active pages and 10,000 visitors"),
        ("pagediffs", 0.030, "page diffs of 1,000 pages in 30 days of history"),
    ):
        figures = found[name]
        late = missed(figures["p50"] >= most)
        yield [what, f"< {seconds(most)}", f"{seconds(figures['p50'])}{late}", *_percentiles(figures)]
    most, paced, visits = (found["concurrents"][name] for name in ("most", "paced", "visits"))
    bad = missed(most["rate"] < 1_000 or most["p99"] >= 0.040)
    yield [
        "increasing concurrents while visits arrive, 8 clients",
        ">= 1,000/s, p99 < 40 ms",
        f"{most['rate']:,.0f}/s{bad}",
        *_percentiles(most),
    ]
    late = missed(paced["p99"] >= 0.040)
    yield ["  the same, one due every ms, waiting counted", "p99 < 40 ms", f"1,000/s{late}", *_percentiles(paced)]
    yield ["  visits that arrived at the same time", "200/s", f"{visits['rate']:,.0f}/s", *_percentiles(visits)]


def _percentiles(figures: Figures) -> list[str]:
    return [seconds(figures[each]) for each in ("p50", "p95", "p99")]


def browsed(found: Figures) -> Iterator[list[str]]:
    for name, (target, figures) in found.items():
        late = missed(figures["p50"] * 1000 >= target)
        yield [name, f"< {target} ms", f"{seconds(figures['p50'])}{late}", seconds(figures["p95"])]


RATES = {
    "committed": ("batches of 500, committed: events a second", 70_000, 500),
    "held": ("batches of 500, acknowledged by the inbox", 200_000, 500),
    "drained": ("`collect`, two workers", 80_000, 1),
    "hot": ("single events, POST /eye with the inbox", 1_500, 1),
    "published": ("single events, POST /events/, committed", 1_500, 1),
    "plain": ("the plain way: ModelViewSet, one row a request", 0, 1),
}


def collected(found: Figures) -> list[list[str]]:
    lines = []
    for name, (what, target, size) in RATES.items():
        rate, plain = found[name]["rate"] * size, found["plain"]["rate"]
        slow = name == "hot" and found[name]["p99"] >= 0.040
        times = [seconds(found[name][each]) if each in found[name] else "" for each in ("p50", "p99")]
        aim = f">= {target:,}/s" + (", p99 < 40 ms" if name == "hot" else "") if target else ""
        lines.append([what, aim, f"{rate:,.0f}/s{missed(rate < target or slow)}", *times, f"x {rate / plain:.1f}"])
    counted = found["counts"]
    there = f"{counted['events']:,} events, {counted['sessions']:,} sessions"
    for by in ("session", "category", "name"):
        took = counted[by]
        lines.append([f"counts by {by} of {there}", "< 10 ms", seconds(took) + missed(took >= 0.01), "", "", ""])
    return lines


def machine() -> str:
    packages = ["Django", "numpy", "psycopg2-binary", "granian", "duckdb", "chdb"]
    known = ", ".join(f"{name} {found}" for name in packages if (found := _version(name)))
    cores = f"{os.cpu_count()} cores ({_processor()})"
    return f"{datetime.now(UTC):%Y-%m-%d}, {cores}, Python {platform.python_version()}, {known}"


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        with open("/proc/cpuinfo") as lines:
            return next(line.partition(": ")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
