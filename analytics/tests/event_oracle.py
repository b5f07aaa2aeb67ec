"""Answers about events from a plain loop over a list. Every answer of the API must equal them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from analytics.tests.view_oracle import days_asked, default_period, fill_gaps, first_day, to_points


@dataclass(frozen=True)
class OracleEvent:
    """An event, with the ids of its session and kind."""

    session: int
    kind: int
    when: datetime

    @property
    def day(self) -> date:
        return self.when.date()


@dataclass
class EventOracle:
    """All events and the names of their sessions and kinds. Purged events no longer change."""

    kept: list[OracleEvent] = field(default_factory=list)
    purged: list[OracleEvent] = field(default_factory=list)
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

    def matches(self, event: OracleEvent, filters: dict[str, Any], today: date) -> bool:
        first, last = days_asked(filters, today)
        category, name = self.kinds[event.kind]
        if category not in filters.get("category", [category]) or name not in filters.get("name", [name]):
            return False
        return first <= event.day <= last

    def grouped(self, matching: list[OracleEvent], filters: dict[str, Any]) -> list[dict[str, Any]]:
        groups: dict[str, list[OracleEvent]] = defaultdict(list)
        for event in matching:
            groups[self.label(event, filters["group_by"])].append(event)
        counted = "kind" if filters["group_by"] == "session" else "session"
        lines = [
            {"x": label, "y": len({getattr(event, counted) for event in own}), "z": len(own)}
            for label, own in groups.items()
        ]
        lines.sort(key=lambda line: (-line["z"], line["x"]))
        return to_points(lines[: filters.get("limit", 10 if filters["group_by"] == "session" else None)])

    def label(self, event: OracleEvent, group_by: str) -> str:
        category, name = self.kinds[event.kind]
        return {"category": category, "name": name, "session": self.sessions[event.session]}[group_by]

    def series(self, matching: list[OracleEvent], filters: dict[str, Any], today: date) -> list[dict[str, Any]]:
        compare = filters.get("compare") or default_period({event.day for event in matching})
        periods: dict[date, list[int]] = defaultdict(list)
        for event in matching:
            periods[first_day(event.day, compare)].append(event.session)
        starts = sorted(periods)
        if filters.get("gaps") == "fill" and starts:
            starts = fill_gaps(starts, filters, today, compare)
        lines, before = [], 0
        for start in starts:
            now = len(periods.get(start, ()))
            growth = round(100 * (now - before) / before, 2) if lines and before else 0.0
            lines.append(
                {"x": f"{start.isoformat()} ({len(set(periods.get(start, ())))} sessions)", "y": now, "z": growth}
            )
            before = now
        return lines
