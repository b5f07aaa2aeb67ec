"""Events as a plain loop over a list: what every answer about them must equal."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from analytics.tests.view_oracle import bare, days, filled, first_day, suitable


@dataclass(frozen=True)
class Happened:
    """An event, by the numbers of its session and its kind."""

    session: int
    kind: int
    when: datetime

    @property
    def day(self) -> date:
        return self.when.date()


@dataclass
class Events:
    """All events, of which the purged can no longer be changed, and what their sessions and kinds are called."""

    kept: list[Happened] = field(default_factory=list)
    purged: list[Happened] = field(default_factory=list)
    sessions: dict[int, str] = field(default_factory=dict)
    kinds: dict[int, tuple[str, str]] = field(default_factory=dict)

    def forget(self, session: int) -> None:
        for several in (self.kept, self.purged):
            several[:] = [each for each in several if each.session != session]
        del self.sessions[session]

    def answer(self, filters: dict[str, Any], today: date) -> list[dict[str, Any]]:
        matching = [each for each in self.kept + self.purged if self.matches(each, filters, today)]
        if filters["group_by"] == "period":
            return self.series(matching, filters, today)
        return self.grouped(matching, filters)

    def matches(self, event: Happened, filters: dict[str, Any], today: date) -> bool:
        first, last = days(filters, today)
        category, name = self.kinds[event.kind]
        if category not in filters.get("category", [category]) or name not in filters.get("name", [name]):
            return False
        return first <= event.day <= last

    def grouped(self, matching: list[Happened], filters: dict[str, Any]) -> list[dict[str, Any]]:
        groups: dict[str, list[Happened]] = defaultdict(list)
        for event in matching:
            groups[self.label(event, filters["group_by"])].append(event)
        counted = "kind" if filters["group_by"] == "session" else "session"
        lines = [
            {"x": label, "y": len({getattr(event, counted) for event in own}), "z": len(own)}
            for label, own in groups.items()
        ]
        lines.sort(key=lambda line: (-line["z"], line["x"]))
        return bare(lines[: filters.get("limit", 10 if filters["group_by"] == "session" else None)])

    def label(self, event: Happened, group_by: str) -> str:
        category, name = self.kinds[event.kind]
        return {"category": category, "name": name, "session": self.sessions[event.session]}[group_by]

    def series(self, matching: list[Happened], filters: dict[str, Any], today: date) -> list[dict[str, Any]]:
        compare = filters.get("compare") or suitable({event.day for event in matching})
        periods: dict[date, list[int]] = defaultdict(list)
        for event in matching:
            periods[first_day(event.day, compare)].append(event.session)
        starts = sorted(periods)
        if filters.get("gaps") == "fill" and starts:
            starts = filled(starts, filters, today, compare)
        lines, before = [], 0
        for start in starts:
            now = len(periods.get(start, ()))
            growth = round(100 * (now - before) / before, 2) if lines and before else 0.0
            lines.append(
                {"x": f"{start.isoformat()} ({len(set(periods.get(start, ())))} sessions)", "y": now, "z": growth}
            )
            before = now
        return lines
