"""Answers about views from a plain loop over a list, without summaries, arrays or SQL. Every answer of the API must
equal them."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

RANGES = {"day": 1, "week": 7, "month": 30, "year": 365}


@dataclass(frozen=True)
class Fact:
    blog: int
    country: int | None
    when: datetime

    @property
    def day(self) -> date:
        return self.when.date()


@dataclass
class ViewOracle:
    """All facts and the names of their blogs, authors and countries. Purged facts no longer change."""

    facts: list[Fact] = field(default_factory=list)
    purged: list[Fact] = field(default_factory=list)
    titles: dict[int, str] = field(default_factory=dict)
    authors: dict[int, int] = field(default_factory=dict)
    created: dict[int, date] = field(default_factory=dict)
    usernames: dict[int, str] = field(default_factory=dict)
    codes: dict[int, str] = field(default_factory=dict)

    def username(self, blog: int) -> str | None:
        return self.usernames.get(self.authors.get(blog))

    def matching(self, filters: dict[str, Any], today: date) -> list[Fact]:
        return [fact for fact in self.facts + self.purged if self.matches(fact, filters, today)]

    def matches(self, fact: Fact, filters: dict[str, Any], today: date) -> bool:
        first, last = days_asked(filters, today)
        if not first <= fact.day <= last:
            return False
        return self.counts(fact.blog, fact.country, filters)

    def counts(self, blog: int, country: int | None, filters: dict[str, Any]) -> bool:
        code = self.codes.get(country)
        if "country_codes" in filters and code not in [c.upper() for c in filters["country_codes"]]:
            return False
        if code is not None and code in [c.upper() for c in filters.get("exclude_country_codes", [])]:
            return False
        if "author_username" in filters and self.username(blog) != filters["author_username"]:
            return False
        if "blog_id" in filters and blog != filters["blog_id"]:
            return False
        return self.holds(filters["filters"], blog, country) if "filters" in filters else True

    def holds(self, tree: dict[str, Any], blog: int, country: int | None) -> bool:
        ((operator, operand),) = tree.items()
        if operator == "and":
            return all(self.holds(each, blog, country) for each in operand)
        if operator == "or":
            return any(self.holds(each, blog, country) for each in operand)
        if operator == "not":
            return not self.holds(operand, blog, country)
        pairs = {operand["field"]: operand["value"]} if "field" in operand else operand
        return all(self.one_of(name, [v] if operator == "eq" else v, blog, country) for name, v in pairs.items())

    def one_of(self, name: str, values: list[Any], blog: int, country: int | None) -> bool:
        if name.startswith("country"):
            if country is None:
                return None in values
            code = self.codes.get(country)
            return code is not None and code in [value.upper() for value in values if value]
        if name.startswith("author"):
            return self.username(blog) in values
        return blog in values

    def grouped(self, kind: str, filters: dict[str, Any], today: date) -> list[dict[str, Any]]:
        found = [
            {"x": label, "y": len({fact.blog for fact in facts}), "z": len(facts), "key": key}
            for key, (label, facts) in self.groups(kind, self.matching(filters, today)).items()
        ]
        return to_points(sorted(found, key=lambda line: (-line["z"], line["x"], line["key"])))

    def top(self, kind: str, filters: dict[str, Any], today: date) -> list[dict[str, Any]]:
        found = [
            {"x": label, "y": len(facts), "z": self.spread(kind, facts), "key": key}
            for key, (label, facts) in self.groups(kind, self.matching(filters, today)).items()
        ]
        found.sort(key=lambda line: (-line["y"], line["x"], line["key"]))
        return to_points(found[: filters.get("limit", 10)])

    def spread(self, kind: str, facts: list[Fact]) -> int:
        if kind == "blog":
            return len({fact.country for fact in facts} - {None})
        return len({fact.blog for fact in facts})

    def groups(self, kind: str, facts: list[Fact]) -> dict[int, tuple[str, list[Fact]]]:
        groups: dict[int, tuple[str, list[Fact]]] = {}
        for fact in facts:
            key, label = self.group(kind, fact)
            groups.setdefault(key, (label, []))[1].append(fact)
        return groups

    def group(self, kind: str, fact: Fact) -> tuple[int, str]:
        if kind == "country":
            return fact.country or 0, self.codes.get(fact.country, "Unknown")
        if kind == "blog":
            return fact.blog, self.titles.get(fact.blog, f"Deleted blog {fact.blog}")
        return self.authors.get(fact.blog, 0), self.username(fact.blog) or "Unknown"

    def performance(self, filters: dict[str, Any], today: date, metric: str = "viewed") -> list[dict[str, Any]]:
        facts = self.matching(filters, today)
        compare = filters.get("compare") or default_period({fact.day for fact in facts})
        views: dict[date, int] = defaultdict(int)
        blogs: dict[date, set[int]] = defaultdict(set)
        for fact in facts:
            views[first_day(fact.day, compare)] += 1
            if metric == "viewed":
                blogs[first_day(fact.day, compare)].add(fact.blog)
        if metric == "created":
            for blog, day in self.created.items():
                if self.made_in_time(day, filters, today) and self.counts_somewhere(blog, filters):
                    blogs[first_day(day, compare)].add(blog)
        starts = sorted({*views, *blogs})
        if filters.get("gaps") == "fill" and starts:
            starts = fill_gaps(starts, filters, today, compare)
        lines, before = [], 0
        for start in starts:
            now = views.get(start, 0)
            growth = round(100 * (now - before) / before, 2) if lines and before else 0.0
            lines.append({"x": f"{start.isoformat()} ({len(blogs.get(start, ()))} blogs)", "y": now, "z": growth})
            before = now
        return lines

    def made_in_time(self, day: date, filters: dict[str, Any], today: date) -> bool:
        first, last = days_asked(filters, today)
        return first <= day <= last

    def counts_somewhere(self, blog: int, filters: dict[str, Any]) -> bool:
        other_country = max(self.codes, default=0) + 1_000_000
        return any(self.counts(blog, country, filters) for country in [None, *self.codes, other_country])


def to_points(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: line[name] for name in "xyz"} for line in lines]


def days_asked(filters: dict[str, Any], today: date) -> tuple[date, date]:
    """Return the first and the last day that the filters ask about."""
    if "year" in filters:
        return date(filters["year"], 1, 1), date(filters["year"], 12, 31)
    if "range" in filters:
        return today - timedelta(days=RANGES[filters["range"]] - 1), today
    first, last = filters.get("start_date", "0001-01-01"), filters.get("end_date", "9999-12-31")
    return date.fromisoformat(first[:10]), date.fromisoformat(last[:10])


def default_period(seen: set[date]) -> str:
    apart = (max(seen) - min(seen)).days if seen else 0
    return "month" if apart > 365 else "week" if apart > 30 else "day"


def first_day(day: date, compare: str) -> date:
    if compare == "week":
        return day - timedelta(days=day.weekday())
    if compare == "month":
        return date(day.year, day.month, 1)
    return date(day.year, 1, 1) if compare == "year" else day


def fill_gaps(starts: list[date], filters: dict[str, Any], today: date, compare: str) -> list[date]:
    """Return every period from the first to the last, or from and to the days that the filters give."""
    first, last = days_asked(filters, today)
    day = starts[0] if first.year == 1 else first
    end = starts[-1] if last.year == 9999 else last
    found = set()
    while day <= end:
        found.add(first_day(day, compare))
        day += timedelta(days=1)
    return sorted({*found, first_day(end, compare)})
