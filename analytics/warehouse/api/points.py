"""The words of the wire: x, y and z mean something else at each endpoint. Nothing further in knows them."""

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
