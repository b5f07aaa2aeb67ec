"""What distinct visitors cost, beside Apache DataSketches: the registers of ten million visitors, folded, packed,
united and estimated. `python -m bench.registers` takes a minute. It needs no services, but the package `datasketches`
of dev-requirements.txt."""

import statistics
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import datasketches
import numpy as np

from bench import report
from tally.counts import Ints
from tally.hyperloglog import REGISTER_BITS, STANDARD_ERROR
from tally.register_chunks import DENSE_BYTES, RegisterBlock, packed_registers, stacked_registers
from tally.registers import KeyVisitors, RegisterEntries

VISITORS = 10_000_000
DAYS = 731
GROUPS = 201
DAYS_A_MONTH = 31
DAYS_A_YEAR = 366
TIMES = 5
SLOW_TIMES = 3
MAX_ERRORS = 5
"""The two estimates of a group may differ by this many standard errors of each."""


class Facts(NamedTuple):
    """Aligned columns. The share of a group falls with its number, so that there are few large ones and many small."""

    day: Ints
    group: Ints
    visitor: Ints


def main() -> None:
    facts = random_facts()
    days, built = timed(lambda: RegisterEntries.of_visitors(*facts), TIMES)
    months, to_months = timed(lambda: days.regrouped(days.part // DAYS_A_MONTH, days.group), TIMES)
    _, to_years = timed(lambda: days.regrouped(days.part // DAYS_A_YEAR, days.group), TIMES)
    chunks, packed = timed(lambda: list(packed_registers(days)), TIMES)
    all_days, read = timed(lambda: RegisterBlock.of_chunks(chunks), TIMES)
    by_group, united = timed(lambda: all_days.visitors_by_key(all_days.groups), TIMES)
    month_chunks = list(packed_registers(months))
    by_month = RegisterBlock.of_chunks(month_chunks)
    ends = [chunk for chunk in chunks if chunk.part % (DAYS - DAYS_A_MONTH) < DAYS_A_MONTH - 1]
    inner = [chunk for chunk in month_chunks if 0 < chunk.part < DAYS // DAYS_A_MONTH]
    cover = stacked_registers([RegisterBlock.of_chunks(ends), RegisterBlock.of_chunks(inner)])
    _, covered = timed(lambda: cover.visitors_by_key(cover.groups), TIMES)
    own, series = timed(lambda: by_month.visitors_by_key(by_month.parts * GROUPS + by_month.groups), TIMES)
    sketches, theirs_built = timed(lambda: build_sketches(facts), SLOW_TIMES)
    theirs, theirs_united = timed(lambda: unite_sketches(sketches), SLOW_TIMES)
    worst = check(by_group, theirs, facts)

    dense = int((all_days.sizes == DENSE_BYTES).sum())
    packed_bytes, their_bytes = all_days.data.size, sum(len(each.serialize_compact()) for each in sketches)
    pairs = all_days.sizes.size
    lines = [
        [f"registers of {pairs:,} days and groups from {VISITORS:,} visitors", built, theirs_built],
        [f"days folded to {DAYS // DAYS_A_MONTH + 1} months", to_months, None],
        ["days folded to 2 years", to_years, None],
        [f"days packed for {DAYS} chunks", packed, None],
        [f"packed days of {DAYS} chunks joined", read, None],
        [f"all days united to {GROUPS} groups and estimated", united, theirs_united],
        [f"{len(ends)} days and {len(inner)} months united to {GROUPS} groups and estimated", covered, None],
        [f"{len(month_chunks)} months of {GROUPS} groups, {own.keys.size:,} estimates", series, None],
    ]
    cells = [[what, *(report.seconds(each) if each else "" for each in ways)] for what, *ways in lines]
    print(report.table(["medians of processor time", "this", "Apache DataSketches"], cells))
    print(f"\n{days.part.size:,} registers in {packed_bytes / 1e6:.1f} MB; {dense:,} of {pairs:,} groups dense.")
    print(f"The sketches of DataSketches, compact: {their_bytes / 1e6:.1f} MB.")
    print(f"Errors of {GROUPS} estimates: {worst}; the standard error is {STANDARD_ERROR:.3%}.")


def random_facts() -> Facts:
    random = np.random.default_rng(2026)
    share = 1 / np.arange(1, GROUPS + 1)
    group = random.choice(GROUPS, VISITORS, p=share / share.sum())
    return Facts(random.integers(0, DAYS, VISITORS), group, random.integers(-(2**63), 2**63, VISITORS))


def timed(act: Callable[[], Any], times: int) -> tuple[Any, float]:
    """Return what the act gives, and the median of its processor seconds: both ways use one core, and other load on the
    machine counts less."""
    took = []
    for _ in range(times):
        began = time.process_time()
        found = act()
        took.append(time.process_time() - began)
    return found, statistics.median(took)


def build_sketches(facts: Facts) -> list[Any]:
    """Return the sketch of each day and group: group by group, day by day."""
    kind = datasketches.tgt_hll_type.HLL_8
    sketches = [datasketches.hll_sketch(REGISTER_BITS, kind) for _ in range(DAYS * GROUPS)]
    pairs = (facts.group * DAYS + facts.day).tolist()
    for pair, visitor in zip(pairs, facts.visitor.tolist(), strict=True):
        sketches[pair].update(visitor)
    return sketches


def unite_sketches(sketches: list[Any]) -> list[float]:
    """Return the estimate of each group."""
    found = []
    for first in range(0, DAYS * GROUPS, DAYS):
        union = datasketches.hll_union(REGISTER_BITS)
        for sketch in sketches[first : first + DAYS]:
            union.update(sketch)
        found.append(union.get_estimate())
    return found


def check(ours: KeyVisitors, theirs: list[float], facts: Facts) -> str:
    """Return the errors of both. Raise AssertionError if the estimates of a group differ too much."""
    exact = np.bincount(facts.group, minlength=GROUPS)
    assert ours.keys.tolist() == list(range(GROUPS))
    errors = [np.abs(np.array(each) / exact - 1) for each in (ours.visitors, theirs)]
    assert max(each.max() for each in errors) < MAX_ERRORS * STANDARD_ERROR
    names = ("this", "DataSketches")
    shown = (
        f"{name} {(each**2).mean() ** 0.5:.2%} (largest {each.max():.2%})"
        for name, each in zip(names, errors, strict=True)
    )
    return ", ".join(shown)


if __name__ == "__main__":
    sys.exit(main())
