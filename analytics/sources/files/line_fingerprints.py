"""Recognise lines that stand in several files, by eight bytes of a hash of each."""

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.sources.files.line_reader import LinesRead
from tally.counts import Ints, int_array

FINGERPRINT_BYTES = 8
"""Two lines of the same seconds share a fingerprint by chance once in 10^19 pairs."""


@dataclass(frozen=True, slots=True)
class LineFingerprints:
    """The fingerprints of lines, and the times of their views in microseconds. Equal lines have equal times."""

    values: NDArray[np.uint64]
    times: Ints

    def __len__(self) -> int:
        return len(self.values)

    @property
    def first_at(self) -> int:
        return int(self.times.min())

    @property
    def last_at(self) -> int:
        return int(self.times.max())

    def first_of_each(self) -> NDArray[np.bool_]:
        """Return for each line whether no equal one stands before it."""
        are_first = np.zeros(len(self), np.bool_)
        are_first[np.unique(self.values, return_index=True)[1]] = True
        return are_first

    def are_among(self, packed: bytes) -> NDArray[np.bool_]:
        """Return for each line whether its fingerprint is one of these."""
        return np.isin(self.values, np.frombuffer(packed, "<u8"))

    def only(self, kept: NDArray[np.bool_]) -> "LineFingerprints":
        return LineFingerprints(self.values[kept], self.times[kept])

    def packed(self) -> bytes:
        return self.values.astype("<u8").tobytes()


def of_lines(lines_read: LinesRead) -> LineFingerprints:
    """Return the fingerprints of the lines that record a view. The page counts as well: lines of two sites whose logs
    name no site may be equal."""
    hashes = [
        hashlib.blake2b(line.rstrip(b"\r\n") + record.url.encode(errors="replace"), digest_size=FINGERPRINT_BYTES)
        for line, record in zip(lines_read.sources, lines_read.records, strict=True)
    ]
    values = np.frombuffer(b"".join(each.digest() for each in hashes), "<u8")
    return LineFingerprints(values, int_array(record.at for record in lines_read.records))
