"""How cost grows: the same measurements at several sizes, as a table with the line that fits each best.

`python -m bench.growth facts`, `blogs`, `years`, `marks` or `clients`. `--sizes` gives the sizes, of which one alone
will do; `--facts` the number of facts where that is not what grows. Each size is filled into a database of its own,
which is dropped afterwards: 100 million facts take 10 GB and some ten minutes. BENCH_DATABASE_URL names the PostgreSQL
server.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence

import numpy as np

from bench import report, scratch

SIZES = {
    "facts": (1_000_000, 10_000_000, 100_000_000),
    "blogs": (10_000, 100_000, 1_000_000),
    "years": (2, 5, 10),
    "marks": (0, 1_000_000),
    "clients": (1, 8, 64),
}
FACTS = 10_000_000
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/5")
Measured = Mapping[str, float]


def main() -> None:
    options = _options()
    print(f"Measured by `python -m bench.growth {options.what}`: {report.machine()}.\n", flush=True)
    sizes = options.sizes or SIZES[options.what]
    found = {size: _measured(options, size) for size in sizes}
    print(report.table((options.what, *map(_short, sizes), "fitted"), _lines(found)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.growth", description=__doc__)
    parser.add_argument("what", choices=SIZES, help="what grows")
    parser.add_argument("--sizes", type=int, nargs="+", metavar="N", help="the sizes; by default those of the docs")
    parser.add_argument("--facts", type=int, default=FACTS, metavar="N", help=f"facts, if not what grows ({FACTS:,})")
    parser.add_argument("--rounds", type=int, default=50, help="the most times that a question is asked")
    parser.add_argument("--seconds", type=float, default=5.0, help="the time for each question, and for clients")
    return parser.parse_args()


def _measured(options: argparse.Namespace, size: int) -> Measured:
    """Fill a database, and return what was measured in it."""
    shape = {"facts": options.facts, "blogs": SIZES["blogs"][0], "years": SIZES["years"][0]}
    if options.what in shape:
        shape[options.what] = size
    place = scratch.empty("growth")
    try:
        _say(f"{size:,} {options.what}: filling {shape['facts']:,} facts")
        loaded = _child(place, "fill", **shape)
        _say(f"{size:,} {options.what}: measuring")
        measuring = {"rounds": options.rounds, "seconds": options.seconds, "size": size}
        found = _child(place, options.what if options.what in ("marks", "clients") else "all", **shape, **measuring)
    finally:
        scratch.drop(place)
    for name, value in {**loaded, **found}.items():
        _say(f"    {name}: {_text(name, value)}")
    return {**loaded, **found}


def _child(place: scratch.Scratch, act: str, **arguments: float) -> dict[str, float]:
    process = subprocess.run(
        [sys.executable, "-m", "bench.child", "growing", json.dumps({"act": act, **arguments})],
        cwd=scratch.ROOT,
        env=scratch.child_environment(place, REDIS if act == "clients" else "") | {"IDEEZA_ROLLUPS": "country"},
        stdout=subprocess.PIPE,
        check=True,
    )
    found: dict[str, float] = json.loads(process.stdout)
    return found


def _lines(found: Mapping[int, Measured]) -> list[list[str]]:
    """Return a line for each measurement, with the values at each size and what fits them."""
    names = dict.fromkeys(name for each in found.values() for name in each)
    return [
        [name, *(_text(name, each[name]) for each in found.values()), _fitted(name, list(found), found)]
        for name in names
    ]


def _fitted(name: str, sizes: Sequence[int], found: Mapping[int, Measured]) -> str:
    """Return the line through the values of several sizes, and the exponent of growth from the first to the last."""
    values = [found[size][name] for size in sizes]
    if len(sizes) < 2:
        return ""
    slope, start = np.polyfit(sizes, values, 1)
    unit = 10 ** max(0, len(str(max(sizes))) - 1)
    line = f"{_text(name, start)} + {_text(name, slope * unit)} for each {_short(unit)}"
    if min(values) <= 0 or min(sizes) <= 0:
        return line
    return f"{line}; size^{np.log(values[-1] / values[0]) / np.log(sizes[-1] / sizes[0]):.2f}"


def _text(name: str, value: float) -> str:
    """
    >>> _text("first roll-up", 0.0123), _text("peak memory, bytes", 123e6), _text("answers a second", 1234.5)
    ('12 ms', '123 MB', '1,234')
    """
    if name.endswith("bytes"):
        return report.megabytes(value)
    return f"{value:,.0f}" if name.endswith("a second") else report.seconds(value)


def _short(size: int) -> str:
    return f"{size:,}"


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
