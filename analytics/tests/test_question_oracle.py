"""Every answer of the query language equals that of a plain loop over the views: for random views, changes, roll-ups,
zones and questions."""

import random
from datetime import UTC, date, datetime, timedelta

from django.contrib.auth.models import User
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics.datasets import ContextDimension
from analytics.models import Blog, BlogView, Context, Country, DimensionValue
from analytics.tests.question_oracle import QuestionOracle, SeenView
from analytics.tests.test_view_oracle import Today
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify

TODAY = date(2024, 11, 5)
NOW = datetime(2024, 11, 5, 12, tzinfo=UTC)
FIRST = date(2023, 12, 20)
ZONES = ["Europe/Berlin", "Asia/Kathmandu", "America/Havana", "Pacific/Apia"]
"""Days of 23 and 25 hours, an offset of 05:45, days that begin at 01:00, and a zone far ahead of UTC."""
ROLL_UPS = [("country",), ("source",), ("device",), ("hour",), ("country", "device"), ("source", "device", "hour")]
LATER = ("browser",)
VALUES = {"source": ["Google", "Hacker News", None], "device": ["mobile", "desktop"], "browser": ["Firefox", None]}
BORDERS = [date(2023, 12, 31), date(2024, 1, 1), date(2024, 3, 10), date(2024, 3, 31), date(2024, 10, 27), TODAY]
DIMENSIONS = ["country", "source", "device", "browser", "hour", "weekday", "blog", "author", "site"]
OF_BLOG = ("blog", "author", "site")


class RandomViews:
    """A random history of views. Each change of the database is made in the oracle, too."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.zones = ["UTC", *self.dice.sample(ZONES, 1)]
        self.dice.shuffle(self.zones)
        self.roll_ups = list(ROLL_UPS)
        self.views: list[SeenView] = []
        self.purged: list[SeenView] = []
        self.countries = {code: Country.objects.create(code=code, name=code).id for code in ("DE", "US", "FR")}
        users = [User.objects.create(username=name) for name in ("ann", "bob")]
        self.blogs = [
            Blog.objects.create(title=f"T{n}", author=self.dice.choice(users), url=url)
            for n, url in enumerate(["", "", "a.org/", "a.org/x", "b.org/", "c.org/y"])
        ]
        self.oracle = QuestionOracle(
            {blog.id: blog.author.username for blog in self.blogs}, {blog.id: blog.url for blog in self.blogs}
        )
        self.contexts = [self.create_context() for _ in range(4)]

    def create_context(self) -> tuple[int, tuple[tuple[str, str | None], ...]]:
        chosen = {name: self.dice.choice(values) for name, values in VALUES.items()}
        keys = {
            name: DimensionValue.objects.get_or_create(dimension=ContextDimension[name.upper()], value=value)[0].id
            for name, value in chosen.items()
            if value
        }
        return Context.objects.get_or_create(**{name: keys.get(name, 0) for name in VALUES})[0].id, tuple(
            chosen.items()
        )

    def some_day(self) -> date:
        if self.dice.random() < 0.5:
            return self.dice.choice(BORDERS)
        return FIRST + timedelta(days=self.dice.randrange((TODAY - FIRST).days + 1))

    def add(self) -> None:
        nothing, rows = (None, tuple((name, None) for name in VALUES)), []
        for _ in range(self.dice.randrange(1, 50)):
            day, country = self.some_day(), self.dice.choice([*self.countries, None])
            when = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=15 * self.dice.randrange(96))
            context, known = self.dice.choice([*self.contexts, nothing])
            visitor = self.dice.choice([0, *(n * 0x9E3779B97F4A7C15 % 2**63 for n in range(1, 9))])
            blog = self.dice.choice(self.blogs).id
            known_country = self.countries.get(country)
            rows.append(
                BlogView(
                    blog_id=blog, country_id=known_country, context_id=context, visitor=visitor or None, timestamp=when
                )
            )
            self.views.append(SeenView(blog, country, known, visitor, when))
        BlogView.objects.bulk_create(rows)

    def delete_day(self) -> None:
        day = self.some_day()
        BlogView.objects.filter(timestamp__date=day).delete()
        self.views = [view for view in self.views if view.when.date() != day]

    def delete_country(self) -> None:
        if len(self.countries) > 2:
            code = self.dice.choice(list(self.countries))
            Country.objects.get(id=self.countries.pop(code)).delete()
            for views in (self.views, self.purged):
                views[:] = [
                    SeenView(view.blog, None if view.country == code else view.country, *view_rest(view))
                    for view in views
                ]

    def purge(self) -> None:
        self.roll_up()
        before = self.some_day()
        list(purge.purge(purge.days_with_facts(before)))
        self.purged += [view for view in self.views if view.when.date() < before]
        self.views = [view for view in self.views if view.when.date() >= before]

    def declare_later(self) -> None:
        if LATER not in self.roll_ups:
            self.roll_ups.append(LATER)

    CHANGES = [add] * 4 + [delete_day, delete_country, purge, declare_later]

    def change(self) -> None:
        for act in self.dice.choices(self.CHANGES, k=self.dice.randrange(1, 4)):
            with self.declared():
                act(self)

    def declared(self) -> override_settings:
        return override_settings(IDEEZA_ROLLUPS=self.roll_ups, IDEEZA_TIME_ZONES=self.zones)

    def roll_up(self) -> None:
        list(roll_up.roll_up(roll_up.pending_days(), NOW))
        list(roll_up.fill(NOW))

    def some_body(self) -> dict:
        dimensions = self.dice.sample(DIMENSIONS, self.dice.choice([0, 1, 1, 2]))
        if self.dice.random() < 0.4:
            dimensions.insert(0, "time:" + self.dice.choice(["hour", "day", "week", "month", "year"]))
        body: dict = {"dimensions": dimensions, "time_zone": self.dice.choice(self.zones), "limit": 10_000}
        if self.dice.random() < 0.5:
            body["filters"] = self.some_tree(3)
        named = {*dimensions, *fields_of(body.get("filters", {"and": []}))}
        visitors = [] if named & set(OF_BLOG) else ["visitors"]
        body["metrics"] = ["views", "blogs", *visitors]
        first = self.dice.choice([date(2024, 1, 1), self.some_day()])
        last = self.dice.choice([TODAY, first + timedelta(days=self.dice.choice([0, 6, 30, 90, 400]))])
        body["range"] = {"start_date": str(min(first, last)), "end_date": str(max(first, last))}
        body["include"] = ["totals", "other"]
        return body

    def some_tree(self, depth: int) -> dict:
        operator = self.dice.choice(["and", "or", "not", "eq", "in"] if depth else ["eq", "in"])
        if operator in ("and", "or"):
            return {operator: [self.some_tree(depth - 1) for _ in range(self.dice.randrange(1, 3))]}
        if operator == "not":
            return {"not": self.some_tree(depth - 1)}
        name = self.dice.choice(["country", "source", "device", "hour", "weekday", "blog", "author", "site"])
        values = {
            "country": ["DE", "US", "FR", None],
            "hour": list(range(24)),
            "weekday": list(range(1, 8)),
            "blog": [blog.id for blog in self.blogs],
            "author": ["ann", "bob", "stranger", None],
            "site": ["a.org", "b.org", None],
        }.get(name) or VALUES[name]
        chosen = self.dice.sample(values, min(len(values), self.dice.randrange(1, 4)))
        return {operator: {name: chosen[0] if operator == "eq" else chosen}}


def view_rest(view: SeenView) -> tuple:
    return view.context, view.visitor, view.when


def fields_of(tree: dict) -> set[str]:
    ((operator, operand),) = tree.items()
    if operator in ("and", "or"):
        return set().union(*map(fields_of, operand)) if operand else set()
    return fields_of(operand) if operator == "not" else set(operand)


class QuestionOracleTest(TestCase):
    @given(st.integers(0, 2**32 - 1))
    @example(0)
    @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    def test_every_answer_equals_a_plain_loop_over_the_views(self, seed: int) -> None:
        history = RandomViews(seed)
        for _ in range(3):
            history.change()
            with history.declared():
                history.roll_up()
                for _ in range(12):
                    self.compare(history, seed)
        if seed % 4 == 0:
            with history.declared():
                assert [check for check in verify(roll_up.all_days()) if not check.same] == []

    def compare(self, history: RandomViews, seed: int) -> None:
        body = history.some_body()
        answer = self.asked(body)
        if answer.status_code == 422:
            self.check_refusal(history, body, answer.json(), seed)
            return
        assert answer.status_code == 200, (seed, body, answer.content)
        found = answer.json()
        days = tuple(date.fromisoformat(body["range"][name]) for name in ("start_date", "end_date"))
        views = history.views + history.purged
        expected = history.oracle.rows(views, body, days)
        assert {key_of(row, body): numbers_of(row, body) for row in found["rows"]} == expected, (seed, body)
        assert len(found["rows"]) == len(expected)
        every = list(history.oracle.matching(views, body, days))
        assert found["totals"] == history.oracle.numbers(every, body), (seed, body)
        assert found["meta"]["pending_days"] == 0
        self.check_page(history, body, found["rows"], every, seed)

    def check_page(self, history: RandomViews, body: dict, rows: list, every: list[SeenView], seed: int) -> None:
        """A page is a part of all rows, and what it leaves out is counted by itself."""
        some = body | {"limit": history.dice.choice([1, 2, 5]), "offset": history.dice.choice([0, 0, 1])}
        page = self.asked(some).json()
        assert page["rows"] == rows[some["offset"] :][: some["limit"]], (seed, some)
        shown = {key_of(row, body) for row in page["rows"]}
        left = [view for view in every if history.oracle.key(view, body) not in shown]
        assert page["other"] == (history.oracle.numbers(left, body) if left else None), (seed, some)

    def check_refusal(self, history: RandomViews, body: dict, refusal: dict, seed: int) -> None:
        """A question is refused only if no roll-up holds all that it names, or holds it from a later day on."""
        named = {*body["dimensions"], *fields_of(body.get("filters", {"and": []}))}
        named = {"hour" if name == "time:hour" else name for name in named}
        wanted = {name for name in named if name not in (*OF_BLOG, "weekday") and not name.startswith("time:")}
        held = [each for each in history.roll_ups if wanted <= set(each)]
        assert not held or (held == [LATER] and history.purged), (seed, body, refusal)

    def asked(self, body: dict):
        with Today(TODAY):
            return self.client.post("/api/analytics/query/", body, content_type="application/json")


def key_of(row: dict, body: dict) -> tuple:
    parts = {"country": "code", "blog": "id"}
    found = []
    for name in body["dimensions"]:
        value = row["time" if name.startswith("time:") else name]
        found.append(value[parts[name]] if isinstance(value, dict) else value)
    return tuple(found)


def numbers_of(row: dict, body: dict) -> dict:
    return {name: row[name] for name in body["metrics"]}
