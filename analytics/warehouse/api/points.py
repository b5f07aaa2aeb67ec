"""The wire format: x, y and z, which differ between the endpoints. No other module knows these names."""

from collections.abc import Sequence
from typing import Any

from tally.answer import AnswerRow, Period

Point = dict[str, Any]


def grouped(lines: Sequence[AnswerRow]) -> list[Point]:
    return [{"x": line.label, "y": line.distinct, "z": line.total} for line in lines]


def ranked(lines: Sequence[AnswerRow]) -> list[Point]:
    return [{"x": line.label, "y": line.total, "z": line.distinct} for line in lines]


def series(periods: Sequence[Period], noun: str = "blogs") -> list[Point]:
    return [{"x": f"{each.start} ({each.distinct} {noun})", "y": each.total, "z": each.growth} for each in periods]
