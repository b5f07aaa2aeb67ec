"""Fail when something has become three times slower, against the plain way beside it, than it was: for CI.

Only ratios are compared, of medians of the same run on SQLite, so it does not matter how fast the machine is.
"""

import json
import subprocess
import sys

from bench import scratch

FACTS = 20_000
MAX_SLOWDOWN = 3.0
EXPECTED = {
    "full roll-up": 91.0,
    "by country, 2 years": 0.12,
    "top blogs with countries, 2 years": 0.13,
    "by author, 2 years": 0.31,
    "a year by weeks": 0.25,
    "by country, 2 years, repeated over HTTP": 0.22,
}
"""The time of each as a multiple of the plain way's, measured by `make bench-guard` on a machine with two cores."""


def main() -> None:
    place = scratch.sqlite(FACTS, refill=False)
    arguments = json.dumps({"url": place.url, "facts": FACTS})
    command = [sys.executable, "-m", "bench.child", "guarded", arguments]
    variables = {**scratch.child_environment(place), "IDEEZA_API_OPEN": "true", "IDEEZA_ROLLUPS": "country"}
    process = subprocess.run(command, cwd=scratch.ROOT, env=variables, stdout=subprocess.PIPE, check=True)
    found = json.loads(process.stdout)
    print(f"{'times of the plain way':48}{'now':>10}{'expected':>10}")
    for name, expected in EXPECTED.items():
        print(f"{name:48}{found[name]:10.3f}{expected:10.3f}")
    if slower := [name for name in EXPECTED if is_slower(name, found[name])]:
        sys.exit(f"More than {MAX_SLOWDOWN:g} times slower than expected: {', '.join(slower)}.")


def is_slower(name: str, ratio: float) -> bool:
    """
    >>> [is_slower(name, factor * EXPECTED[name]) for name in ("full roll-up",) for factor in (2.9, 3.1)]
    [False, True]
    """
    return ratio > MAX_SLOWDOWN * EXPECTED[name]


if __name__ == "__main__":
    main()
