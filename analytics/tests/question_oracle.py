"""Answers of the query language from a plain loop over a list of views, without summaries, arrays or SQL."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from tally.registers import RegisterEntries

Key = tuple[Any, ...]


@dataclass(frozen=True)
class SeenView:
    """A view with everything that a question can ask for. `visitor` is 0 where it is unknown."""

    blog: int
    country: str | None
    context: tuple[tuple[str, str | None], ...]
    visitor: int
    when: datetime

    def local(self, zone: str) -> datetime:
        return self.when.astimezone(ZoneInfo(zone))


@dataclass
class QuestionOracle:
    """What is known of blogs and countries, beside the views."""

    authors: dict[int, str]
    urls: dict[int, str]

    def value(self, view: SeenView, name: str, zone: str) -> Any:
        match name:
            case "country":
                return view.country
            case "blog":
                return view.blog
            case "author":
                return self.authors.get(view.blog)
            case "site":
                return self.urls.get(view.blog, "").partition("/")[0] or None
            case "hour":
                return view.local(zone).hour
            case "weekday":
                return view.local(zone).isoweekday()
            case _:
                return dict(view.context)[name]

    def holds(self, tree: dict[str, Any], view: SeenView, zone: str) -> bool:
        ((operator, operand),) = tree.items()
        match operator:
            case "and":
                return all(self.holds(each, view, zone) for each in operand)
            case "or":
                return any(self.holds(each, view, zone) for each in operand)
            case "not":
                return not self.holds(operand, view, zone)
        ((name, values),) = operand.items()
        return self.value(view, name, zone) in ([values] if operator == "eq" else values)

    def matching(self, views: Iterable[SeenView], body: dict[str, Any], days: tuple[date, date]) -> Iterator[SeenView]:
        zone = body["time_zone"]
        for view in views:
            if not days[0] <= view.local(zone).date() <= days[1]:
                continue
            if "filters" not in body or self.holds(body["filters"], view, zone):
                yield view

    def rows(
        self, views: Iterable[SeenView], body: dict[str, Any], days: tuple[date, date]
    ) -> dict[Key, dict[str, int]]:
        """Return the numbers of each row, by the period and the values of its dimensions."""
        found: dict[Key, list[SeenView]] = defaultdict(list)
        for view in self.matching(views, body, days):
            found[self.key(view, body)].append(view)
        return {key: self.numbers(own, body) for key, own in found.items()}

    def key(self, view: SeenView, body: dict[str, Any]) -> Key:
        local = view.local(body["time_zone"])
        return tuple(
            (
                period(local, name.partition(":")[2])
                if name.startswith("time:")
                else self.value(view, name, body["time_zone"])
            )
            for name in body["dimensions"]
        )

    def numbers(self, views: Iterable[SeenView], body: dict[str, Any]) -> dict[str, int]:
        listed = list(views)
        every = {
            "views": len(listed),
            "blogs": len({view.blog for view in listed}),
            "visitors": estimated({view.visitor for view in listed} - {0}),
        }
        return {name: every[name] for name in body["metrics"]}


def estimated(visitors: set[int]) -> int:
    """Return what the registers of these visitors are estimated at: they do not depend on how they were united."""
    if not visitors:
        return 0
    hashes = np.array(sorted(visitors), np.int64)
    registers = RegisterEntries.of_visitors(hashes * 0, hashes * 0, hashes)
    return int(registers.visitors_by_key(registers.part).visitors[0])


def period(local: datetime, unit: str) -> str:
    day = local.date()
    match unit:
        case "hour":
            return f"{day}T{local.hour:02}:00"
        case "week":
            day -= timedelta(days=day.weekday())
        case "month":
            day = day.replace(day=1)
        case "year":
            day = day.replace(month=1, day=1)
    return day.isoformat()
