"""HyperLogLog: the number of distinct visitors, estimated from 4,096 small integers.

The hash of a visitor is a column of signed 64-bit integers, as a database stores it, read as 64 unsigned bits. The top
12 bits choose a register. The number of leading zeros of the other 52 bits, plus one, is the value; a register keeps
the largest value that it has met. So registers are united by maximum, in any order and grouping, also in SQL. Hashes
must be well mixed already: they are not hashed again.
"""

from __future__ import annotations

import math
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from tally.counts import Ints

Floats: TypeAlias = NDArray[np.float64]
RegisterNumbers: TypeAlias = NDArray[np.uint16]
RegisterValues: TypeAlias = NDArray[np.uint8]

REGISTER_BITS = 12
REGISTERS = 1 << REGISTER_BITS
REST_BITS = 64 - REGISTER_BITS
MAX_VALUE = REST_BITS + 1
"""The value of a hash whose last 52 bits are all zero."""
STANDARD_ERROR = 1.04 / math.sqrt(REGISTERS)
"""The standard deviation of an estimate, as a share of it: 1.63 %. Flajolet, Fusy, Gandouet and Meunier (2007),
HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm."""
HASHES_AT_A_TIME = 2**16
"""What is computed of that many hashes at a time fits the cache of a core."""
MAX_ESTIMATE = 2**62
"""Registers that forged hashes have filled would give an estimate beyond any integer. It ends here."""


def register_numbers(visitors: Ints) -> RegisterNumbers:
    """Return the register of each visitor.

    >>> register_numbers(np.array([0, 1 << 52, -1]))
    array([   0,    1, 4095], dtype=uint16)
    """
    return (visitors.view(np.uint64) >> np.uint64(REST_BITS)).astype(np.uint16)


def register_values(visitors: Ints) -> RegisterValues:
    """Return the value of each visitor.

    >>> register_values(np.array([0, 1, 1 << 51, -1]))
    array([53, 52,  1,  1], dtype=uint8)
    """
    values = np.empty(visitors.size, np.uint8)
    for start in range(0, visitors.size, HASHES_AT_A_TIME):
        block = slice(start, start + HASHES_AT_A_TIME)
        # 52 bits become a double exactly. Its exponent is the number of bits up to the first one, and 0 for 0.
        _, length = np.frexp(visitors[block] & ((1 << REST_BITS) - 1))
        values[block] = MAX_VALUE - length
    return values


def estimates(histograms: Ints) -> Floats:
    """Return the estimated number of distinct visitors for each row of `histograms`, which says how many registers have
    the value 0, 1, ..., MAX_VALUE.

    This is the improved raw estimator, algorithm 6 of Otmar Ertl (2017), New cardinality estimation algorithms for
    HyperLogLog sketches, arXiv:1702.01284. It needs no table of biases.
    """
    zeros, largest = histograms[:, 0] / REGISTERS, histograms[:, MAX_VALUE] / REGISTERS
    total = REGISTERS * _tau(1 - largest)
    for value in range(REST_BITS, 0, -1):
        total = (total + histograms[:, value]) / 2
    empty = zeros == 1
    total += REGISTERS * _sigma(np.where(empty, 0, zeros))
    with np.errstate(divide="ignore"):
        found = REGISTERS**2 / (2 * math.log(2)) / total
    return np.where(empty, 0, np.minimum(found, MAX_ESTIMATE))


def _sigma(x: Floats) -> Floats:
    """Return x + the sum of x**(2**k) * 2**(k - 1) over k from 1, for x below 1: equation 13 of the paper."""
    total, weight = x, 1.0
    while True:
        x = x * x
        more = total + x * weight
        if np.array_equal(more, total):
            return total
        total, weight = more, weight * 2


def _tau(x: Floats) -> Floats:
    """Return (1 - x - the sum of (1 - x**(2**-k))**2 * 2**-k over k from 1) / 3: equation 19 of the paper."""
    x = np.where(x == 0, 1, x)  # The sum is 0 for both, and converges for 1 only.
    total, weight = 1 - x, 1.0
    while True:
        x, weight = np.sqrt(x), weight / 2
        less = total - (1 - x) ** 2 * weight
        if np.array_equal(less, total):
            return total / 3
        total = less
