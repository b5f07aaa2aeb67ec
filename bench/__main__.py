"""Measure everything, or the parts asked for, and write the tables."""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from bench import report, scratch

REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/5")
RESULTS = scratch.ROOT / "bench" / "results"
PARTS = ("rolling", "live-day", "asking", "serving", "memory", "collecting", "browser", "live", "sqlite")


@dataclass(frozen=True, slots=True)
class Scale:
    """The number of facts, and how long each measurement takes."""

    facts: int
    sqlite_facts: int
    events: int
    rounds: int
    budget: float
    seconds: float
    runs: int
    questions: int
    """Asked for the growth of memory."""


FULL = Scale(10_000_000, 1_000_000, 1_000_000, rounds=100, budget=2.0, seconds=15.0, runs=1_000, questions=100_000)
QUICK = Scale(100_000, 20_000, 20_000, rounds=5, budget=0.2, seconds=1.0, runs=20, questions=1_000)


def main() -> None:
    options = _options()
    scale = QUICK if options.quick else FULL
    text = "\n\n".join(_sections(scale, options))
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}{'-quick' if options.quick else ''}.md"
    path.write_text(text + "\n")
    print(text)
    print(f"\nWritten to {path}", file=sys.stderr)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few facts, few rounds: check that it runs")
    parser.add_argument("--refill", action="store_true", help="fill the scratch databases again")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    return parser.parse_args()


def _sections(scale: Scale, options: argparse.Namespace) -> Iterator[str]:
    """Yield the parts asked for, each as a table under its heading."""
    parts = options.only or PARTS
    yield f"Measured by `python -m bench{' --quick' if options.quick else ''}`: {report.machine()}."
    if scratch.postgres_answers() and set(parts) & {"rolling", "live-day", "asking", "serving", "memory"}:
        yield from _on_postgres(scale, parts, refill=options.refill)
    if scratch.postgres_answers() and "browser" in parts:
        yield from _in_browser(scale, refill=options.refill)
    if scratch.postgres_answers() and "collecting" in parts:
        yield from _collecting(scale)
    if scratch.postgres_answers() and "live" in parts:
        yield from _live(scale)
    if "sqlite" in parts:
        yield from _on_sqlite(scale, refill=options.refill)


def _on_postgres(scale: Scale, parts: list[str], *, refill: bool) -> Iterator[str]:
    place = scratch.postgres(scale.facts, refill=refill)
    yield f"PostgreSQL {scratch.server_version()}, {scale.facts:,} facts."
    if "rolling" in parts:
        found = _child(place, "rolling", **_place(place), rounds=3)
        yield report.table(("what", "target", "measured"), list(report.rolled(found, scale.facts)))
    if "live-day" in parts:
        found = _child(place, "live_day", facts=scale.facts, runs=scale.runs)
        yield report.table(("what", "target", "measured", ""), list(report.live_day(found)))
    if "asking" in parts:
        few = scratch.postgres(scale.facts // 10, refill=refill)
        measuring = {"rounds": scale.rounds, "budget": scale.budget}
        found = _child(place, "asking", **_place(place), **measuring)
        smaller = _child(few, "asking", **_place(few), **measuring)
        yield report.table(report.HEAD, report.asked(found, smaller))
    if "serving" in parts:
        found = _child(place, "serving", redis=REDIS, seconds=scale.seconds)
        yield report.table(("over HTTP", "target", "answers", "p50", "p95", "p99"), list(report.served(found)))
    if "memory" in parts:
        found = _child(place, "memory", redis=REDIS, questions=scale.questions)
        yield report.table(("memory of a server process", "target", "measured"), list(report.remembered(found)))


def _in_browser(scale: Scale, *, refill: bool) -> Iterator[str]:
    place = scratch.postgres(scale.facts, refill=refill, with_contexts=True)
    found = _child(place, "browser", redis=REDIS, rounds=min(scale.rounds, 20))
    head = ("in the browser", "target", "p50", "p95")
    yield f"PostgreSQL {scratch.server_version()}, {scale.facts:,} facts with contexts and visitors."
    yield report.table(head, list(report.browsed(found)))


def _collecting(scale: Scale) -> Iterator[str]:
    place = scratch.empty("collecting")
    found = _child(place, "collecting", redis=REDIS, seconds=scale.seconds, events=scale.events)
    yield report.table(("collecting", "target", "measured", "p50", "p99", "the plain way"), report.collected(found))


def _live(scale: Scale) -> Iterator[str]:
    found = _child(scratch.empty("live"), "live", redis=REDIS, seconds=scale.seconds)
    yield report.table(("live pages", "target", "measured", "p50", "p95", "p99"), list(report.live(found)))


def _on_sqlite(scale: Scale, *, refill: bool) -> Iterator[str]:
    place = scratch.sqlite(scale.sqlite_facts, refill=refill)
    yield f"SQLite, {scale.sqlite_facts:,} facts."
    found = _child(place, "rolling", **_place(place), rounds=3)
    yield report.table(("what", "target", "measured"), list(report.rolled(found, scale.sqlite_facts)))
    found = _child(place, "asking", **_place(place), rounds=scale.rounds, budget=scale.budget)
    yield report.table(("what", "this: p50", "p95", "p99", "SQLite raw", "ahead"), report.on_sqlite(found))


def _place(place: scratch.Scratch) -> dict[str, Any]:
    return {"url": place.url, "facts": place.facts}


def _child(place: scratch.Scratch, what: str, redis: str = "", **arguments: Any) -> Any:
    """Run one measurement in a process of its own and return its result."""
    print(f"{what}, {scratch.short(place.facts)} ...", file=sys.stderr)
    started = time.monotonic()
    process = subprocess.run(
        [sys.executable, "-m", "bench.child", what, json.dumps(arguments)],
        cwd=scratch.ROOT,
        env=scratch.child_environment(place, redis),
        stdout=subprocess.PIPE,
        check=True,
    )
    print(f"{what}: {time.monotonic() - started:.0f} s", file=sys.stderr)
    return json.loads(process.stdout)


if __name__ == "__main__":
    main()
