import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tally.hyperloglog import (
    HASHES_AT_A_TIME,
    MAX_ESTIMATE,
    MAX_VALUE,
    REGISTERS,
    STANDARD_ERROR,
    estimates,
    register_numbers,
    register_values,
)
from tally.registers import RegisterEntries, concatenated_registers
from tests.strategies import plain_register, visitors

SETS = 1_000
SMALLEST_SET, LARGEST_SET = 10, 1_000_000


def plain_estimate(histogram):
    """Return the estimate of one histogram by algorithm 6 of Ertl (2017), as the paper writes it."""
    m, q = REGISTERS, MAX_VALUE - 1
    z = m * plain_tau(1 - histogram[q + 1] / m)
    for k in range(q, 0, -1):
        z = 0.5 * (z + histogram[k])
    z += m * plain_sigma(histogram[0] / m)
    return 0.0 if math.isinf(z) else m / (2 * math.log(2)) * m / z


def plain_sigma(x):
    if x == 1:
        return math.inf
    y, z, before = 1, x, None
    while z != before:
        x, before = x * x, z
        z, y = z + x * y, 2 * y
    return z


def plain_tau(x):
    if x in (0, 1):
        return 0
    y, z, before = 1, 1 - x, None
    while z != before:
        x, before, y = math.sqrt(x), z, 0.5 * y
        z -= (1 - x) ** 2 * y
    return z / 3


@st.composite
def histograms(draw):
    """Draw how many of all registers have each value."""
    cuts = sorted(draw(st.lists(st.integers(0, REGISTERS), min_size=3, max_size=3)))
    counts = np.diff([0, *cuts, REGISTERS])
    places = draw(st.lists(st.integers(0, MAX_VALUE), min_size=4, max_size=4))
    return np.bincount(places, counts, MAX_VALUE + 1).astype(np.int64)


def histogram_of(**registers):
    found = np.zeros((1, MAX_VALUE + 1), np.int64)
    for name, count in registers.items():
        found[0, int(name.removeprefix("of_"))] = count
    return found


@given(st.lists(visitors, max_size=50))
def test_a_hash_chooses_register_and_value_as_the_plain_loop_does(found):
    hashes = np.array(found, np.int64)
    columns = (register_numbers(hashes).tolist(), register_values(hashes).tolist())
    assert list(zip(*columns, strict=True)) == [plain_register(each) for each in found]


@pytest.mark.parametrize(
    "visitor, register, value",
    [(0, 0, 53), (-1, 4095, 1), (-(1 << 52), 4095, 53), (1, 0, 52), ((1 << 52) - 1, 0, 1), (-(1 << 63), 2048, 53)],
)
def test_the_first_12_bits_choose_the_register_and_the_other_52_the_value(visitor, register, value):
    hashes = np.array([visitor])
    assert (register_numbers(hashes)[0], register_values(hashes)[0]) == (register, value)


def test_each_number_of_leading_zeros_is_found_on_either_side_of_it():
    """A double that rounded 52 bits up would find one zero too few."""
    lengths = range(1, 53)
    assert register_values(np.array([(1 << n) - 1 for n in lengths])).tolist() == [53 - n for n in lengths]
    assert register_values(np.array([1 << n - 1 for n in lengths])).tolist() == [53 - n for n in lengths]


def test_more_hashes_than_are_computed_at_a_time_are_the_same():
    hashes = np.arange(HASHES_AT_A_TIME + 3) << 40
    assert register_values(hashes[-5:]).tolist() == register_values(hashes)[-5:].tolist()


@given(st.lists(histograms(), min_size=1, max_size=5))
def test_estimates_are_those_of_the_paper(found):
    expected = [
        min(plain_estimate(each), MAX_ESTIMATE) if each[MAX_VALUE] < REGISTERS else MAX_ESTIMATE for each in found
    ]
    assert estimates(np.array(found)).tolist() == pytest.approx(expected, rel=1e-12)


def test_no_registers_are_no_visitors_and_one_is_one():
    assert estimates(histogram_of(of_0=REGISTERS)).tolist() == [0]
    assert round(float(estimates(histogram_of(of_0=REGISTERS - 1, of_1=1))[0]), 3) == 1
    assert estimates(np.zeros((0, MAX_VALUE + 1), np.int64)).tolist() == []


def test_full_registers_end_at_the_largest_estimate():
    assert estimates(histogram_of(of_53=REGISTERS)).tolist() == [MAX_ESTIMATE]
    assert estimates(histogram_of(of_53=REGISTERS - 1, of_52=1)).tolist() == [MAX_ESTIMATE]


@pytest.fixture(scope="module")
def errors():
    """The relative errors of the estimates of random sets, whose sizes are spread evenly by their logarithm."""
    random = np.random.default_rng(2026)
    sizes = np.exp(random.uniform(math.log(SMALLEST_SET), math.log(LARGEST_SET), SETS)).astype(np.int64)
    several = []
    for number, size in enumerate(sizes.tolist()):
        hashes = random.integers(-(2**63), 2**63, size)
        part = np.broadcast_to(np.int64(number), size)
        several.append(RegisterEntries.of_visitors(part, part, hashes))
    entries = concatenated_registers(several)
    return entries.visitors_by_key(entries.part).visitors / sizes - 1


def test_995_of_1000_estimates_are_within_three_standard_errors(errors):
    assert (abs(errors) <= 3 * STANDARD_ERROR).mean() >= 0.995


def test_estimates_have_no_bias(errors):
    assert abs(errors.mean()) < 0.002


@pytest.mark.parametrize("size", [1, 100, 3_000, 20_000, 200_000])
def test_estimates_agree_with_those_of_apache_datasketches(size):
    datasketches = pytest.importorskip("datasketches", exc_type=ImportError)
    hashes = np.random.default_rng(size).integers(-(2**63), 2**63, size)
    sketch = datasketches.hll_sketch(12, datasketches.tgt_hll_type.HLL_8)
    for each in hashes.tolist():
        sketch.update(each)
    part = np.zeros(size, np.int64)
    entries = RegisterEntries.of_visitors(part, part, hashes)
    (found,) = entries.visitors_by_key(entries.part).visitors.tolist()
    assert sketch.get_lower_bound(3) * (1 - 3 * STANDARD_ERROR) <= found
    assert found <= sketch.get_upper_bound(3) * (1 + 3 * STANDARD_ERROR)
