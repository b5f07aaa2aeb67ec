"""Every answer from summaries equals that of a plain loop over the facts, for random facts, changes and questions."""

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.contrib.auth.models import User
from django.test import override_settings
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from analytics import clock
from analytics.models import Blog, BlogView, Country
from analytics.tests.view_oracle import Fact, ViewOracle
from analytics.warehouse.flow import purge, roll_up
from analytics.warehouse.flow.verify import verify

TODAY = date(2025, 2, 3)
FIRST = date(2023, 11, 20)
NOW = datetime(2025, 2, 3, 12, tzinfo=UTC)
CODES = ["DE", "US", "FR", "JP"]
ENDPOINTS = ["blog-views/country", "blog-views/user", "top/blog", "top/user", "top/country", "performance"]


class RandomHistory:
    """A random history. Each change of the database is made in the oracle, too."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.oracle = ViewOracle()
        self.zone = self.dice.choice(["UTC", "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/Havana"])
        """The first zone: that of the published endpoints."""
        for number in range(4):
            user = User.objects.create(username=f"author {number}")
            self.oracle.usernames[user.id] = user.username
        for code in CODES:
            self.oracle.codes[Country.objects.create(code=code, name=code).id] = code
        for _ in range(10):
            self.create_blog()

    def create_blog(self) -> None:
        day = self.some_day()
        blog = Blog.objects.create(
            title=f"Title {self.dice.randrange(6)}",
            author_id=self.dice.choice(list(self.oracle.usernames)),
            created_at=datetime(day.year, day.month, day.day, 23, 59, tzinfo=UTC),
        )
        self.oracle.titles[blog.id], self.oracle.authors[blog.id] = blog.title, blog.author_id
        self.oracle.created[blog.id] = self.local(blog.created_at).date()

    def some_day(self) -> date:
        """Return a day, often one of a few, so that facts share buckets. The borders of months and years are among
        them."""
        if self.dice.random() < 0.5:
            return self.dice.choice([date(2024, 12, 31), date(2025, 1, 1), date(2024, 2, 29), date(2024, 3, 1), TODAY])
        return FIRST + timedelta(days=self.dice.randrange((TODAY - FIRST).days + 1))

    def some_time(self) -> datetime:
        day, last = self.some_day(), timedelta(days=1) - timedelta(microseconds=1)
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return start + self.dice.choice([timedelta(0), last, timedelta(seconds=self.dice.randrange(86400))])

    def local(self, when: datetime) -> datetime:
        return when.astimezone(ZoneInfo(self.zone))

    def some_blog(self) -> int:
        blogs = list(self.oracle.titles)
        return blogs[min(int(self.dice.paretovariate(1)) - 1, len(blogs) - 1)]

    def add(self) -> None:
        countries = [*self.oracle.codes, None]
        facts = [
            Fact(self.some_blog(), self.dice.choice(countries), self.local(self.some_time()))
            for _ in range(self.dice.randrange(1, 60))
        ]
        BlogView.objects.bulk_create(
            BlogView(blog_id=fact.blog, country_id=fact.country, timestamp=fact.when) for fact in facts
        )
        self.oracle.facts += facts

    def delete_day(self) -> None:
        day = self.some_day()
        BlogView.objects.filter(timestamp__date=day).delete()
        self.oracle.facts = [fact for fact in self.oracle.facts if utc_day(fact) != day]

    def move(self) -> None:
        """Move all views of a blog to one moment."""
        blog, when = self.some_blog(), self.some_time()
        BlogView.objects.filter(blog_id=blog).update(timestamp=when)
        moved = [Fact(fact.blog, fact.country, self.local(when)) for fact in self.oracle.facts if fact.blog == blog]
        self.oracle.facts = [fact for fact in self.oracle.facts if fact.blog != blog] + moved

    def delete_blog(self) -> None:
        blog = self.some_blog()
        if len(self.oracle.titles) > 3:
            Blog.objects.get(id=blog).delete()
            self.oracle.facts = [fact for fact in self.oracle.facts if fact.blog != blog]
            del self.oracle.titles[blog], self.oracle.authors[blog], self.oracle.created[blog]

    def delete_country(self) -> None:
        if len(self.oracle.codes) > 2:
            country = self.dice.choice(list(self.oracle.codes))
            Country.objects.get(id=country).delete()
            for facts in (self.oracle.facts, self.oracle.purged):
                facts[:] = [
                    Fact(fact.blog, None if fact.country == country else fact.country, fact.when) for fact in facts
                ]
            del self.oracle.codes[country]

    def rename(self) -> None:
        blog, user = self.some_blog(), self.dice.choice(list(self.oracle.usernames))
        Blog.objects.filter(id=blog).update(title="Renamed", author_id=user)
        self.oracle.titles[blog], self.oracle.authors[blog] = "Renamed", user
        User.objects.filter(id=user).update(username=f"writer {user}")
        self.oracle.usernames[user] = f"writer {user}"

    def purge(self) -> None:
        self.roll_up()
        before = self.some_day()
        list(purge.purge(purge.days_with_facts(before)))
        self.oracle.purged += [fact for fact in self.oracle.facts if utc_day(fact) < before]
        self.oracle.facts = [fact for fact in self.oracle.facts if utc_day(fact) >= before]

    def rebuild(self) -> None:
        roll_up.make_stale(roll_up.all_days())

    CHANGES = [add] * 5 + [delete_day, move, delete_blog, delete_country, rename, create_blog, purge, rebuild]

    def change(self) -> None:
        for act in self.dice.choices(self.CHANGES, k=self.dice.randrange(1, 5)):
            act(self)

    def roll_up(self) -> None:
        """Roll up on some day. Clocks differ, so a run may be on an earlier day than the one before."""
        on = self.dice.choice([NOW, NOW, datetime.combine(self.some_day(), NOW.time(), UTC), NOW + timedelta(days=400)])
        list(roll_up.roll_up(roll_up.pending_days(), on))

    def some_filters(self, endpoint: str) -> dict:
        filters: dict = {}
        choices = {
            "year": lambda: self.dice.choice([2023, 2024, 2025]),
            "range": lambda: self.dice.choice(["day", "week", "month", "year"]),
            "start_date": lambda: self.dice.choice([date(2024, 1, 1), self.some_day()]).isoformat(),
            "country_codes": lambda: self.dice.sample([*CODES, "us", "ZZ"], k=self.dice.randrange(1, 3)),
            "exclude_country_codes": lambda: self.dice.sample([*CODES, "fr", "ZZ"], k=self.dice.randrange(1, 3)),
            "author_username": self.some_author,
            "blog_id": self.some_blog,
            "filters": lambda: self.some_tree(4),
        }
        for name, value in choices.items():
            if self.dice.random() < 0.25:
                filters[name] = value()
        if {c.upper() for c in filters.get("country_codes", ())} & {
            c.upper() for c in filters.get("exclude_country_codes", ())
        }:
            del filters["exclude_country_codes"]
        if self.dice.random() < 0.3:
            start = date.fromisoformat(filters.get("start_date", "2023-12-01"))
            filters["end_date"] = f"{start + timedelta(days=self.dice.choice([0, 6, 31, 200, 400]))}T23:30:00Z"
        return filters | self.some_options(endpoint)

    def some_options(self, endpoint: str) -> dict:
        if endpoint == "performance":
            some = {"compare": ["day", "week", "month", "year"], "gaps": ["omit", "fill"]}
        else:
            some = {"limit": [1, 2, 5, 1000]} if endpoint.startswith("top") else {}
        return {name: self.dice.choice(values) for name, values in some.items() if self.dice.random() < 0.5}

    def some_author(self) -> str:
        return self.dice.choice([*self.oracle.usernames.values(), "nobody"])

    def some_tree(self, depth: int) -> dict:
        operator = self.dice.choice(["and", "or", "not", "eq", "in"] if depth else ["eq", "in"])
        if operator in ("and", "or"):
            return {operator: [self.some_tree(depth - 1) for _ in range(self.dice.randrange(1, 4))]}
        if operator == "not":
            return {"not": self.some_tree(depth - 1)}
        name, value = self.dice.choice(
            [
                ("country", lambda: self.dice.choice([*CODES, "de", None])),
                ("country__code", lambda: self.dice.choice(CODES)),
                ("author_username", self.some_author),
                ("blog_id", self.some_blog),
            ]
        )
        values = value() if operator == "eq" else [value() for _ in range(self.dice.randrange(1, 4))]
        return {operator: {"field": name, "value": values} if self.dice.random() < 0.5 else {name: values}}

    def expected(self, endpoint: str, filters: dict, metric: str) -> list[dict]:
        kind, _, object_type = endpoint.partition("/")
        if kind == "performance":
            return self.oracle.performance(filters, TODAY, metric)
        return (self.oracle.top if kind == "top" else self.oracle.grouped)(object_type, filters, TODAY)


def utc_day(fact: Fact) -> date:
    """Return the day by which facts are purged."""
    return fact.when.astimezone(UTC).date()


class ViewOracleTest(TestCase):
    @given(st.integers(0, 2**32 - 1))
    @example(0)
    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    def test_every_answer_equals_a_plain_loop_over_the_facts(self, seed: int) -> None:
        history = RandomHistory(seed)
        with override_settings(IDEEZA_TIME_ZONES=[history.zone]):
            for _ in range(3):
                history.change()
                history.roll_up()
                for _ in range(10):
                    self.compare(history, seed)
            if seed % 5 == 0:
                assert [check for check in verify(roll_up.all_days()) if not check.same] == []

    def compare(self, history: RandomHistory, seed: int) -> None:
        endpoint = history.dice.choice(ENDPOINTS)
        metric = history.dice.choice(["viewed", "created"]) if endpoint == "performance" else "viewed"
        filters = history.some_filters(endpoint)
        with override_settings(IDEEZA_PERFORMANCE_X_METRIC=metric), Today(TODAY):
            response = self.client.post(f"/api/analytics/{endpoint}/", filters, content_type="application/json")
        assert response.status_code == 200, (seed, endpoint, filters, response.content)
        assert response["X-Pending-Days"] == "0"
        assert response["X-Distinct"] == "exact"
        assert response.json() == history.expected(endpoint, filters, metric), (seed, endpoint, filters, metric)


class Today:
    """Set the day that the endpoints take for today."""

    def __init__(self, day: date) -> None:
        self.day, self.real = day, clock.today_in

    def __enter__(self) -> None:
        clock.today_in = lambda zone: self.day

    def __exit__(self, *error: object) -> None:
        clock.today_in = self.real
