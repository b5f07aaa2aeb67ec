"""Choose the instructions that numpy sorts with, before it is imported."""

import os
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
CHARACTERS = 8192
"""The length of what is read: the first of the processors."""
SLOW_SORTING = {"vendor_id": "AuthenticAMD", "cpu family": "25"}
"""AMD's Zen 3 and Zen 4. Zen 4 runs numpy's AVX-512 sort four to eight times slower than the one for AVX2: it
compresses vectors into memory, which is microcoded there. https://github.com/numpy/x86-simd-sort/issues/6"""
WITHOUT_AVX512 = "X86_V4 AVX512_ICL"


def sorts_slowly(cpu_info: str) -> bool:
    """Return whether numpy's AVX-512 sort is slow on the processor that a /proc/cpuinfo describes.

    >>> sorts_slowly("vendor_id : AuthenticAMD\\ncpu family : 25\\nflags : avx2 avx512f avx512_vbmi2")
    True
    >>> sorts_slowly("vendor_id : AuthenticAMD\\ncpu family : 25\\nflags : avx2")
    False
    """
    fields = [line.partition(":") for line in cpu_info.splitlines()]
    known = {name.strip(): value.strip() for name, _, value in reversed(fields)}
    slow = all(known.get(name) == value for name, value in SLOW_SORTING.items())
    return slow and "avx512_vbmi2" in known.get("flags", "").split()


def choose() -> None:
    """Let numpy sort by AVX2 where AVX-512 is slow, unless the environment says what it uses."""
    try:
        with CPU_INFO.open() as lines:
            slow = sorts_slowly(lines.read(CHARACTERS))
    except OSError:
        return
    if slow:
        os.environ.setdefault("NPY_DISABLE_CPU_FEATURES", WITHOUT_AVX512)
