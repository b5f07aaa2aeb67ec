"""The plain way: the questions as SQL over the raw facts.

Each engine gets the form of a question that it answers fastest. Each shape was tried as a direct count, as two nested
groupings and, for top blogs, in two steps.
"""

from dataclasses import dataclass, field

from bench.questions import MeasuredQuestion

DIRECT = """SELECT {key}, count(*), count(DISTINCT {member}) FROM analytics_blogview WHERE {facts} GROUP BY 1"""
GROUPED_TWICE = """SELECT key, sum(n), count(*)
    FROM (SELECT {key} AS key, {member} AS member, count(*) AS n FROM analytics_blogview WHERE {facts} GROUP BY 1, 2)
        AS pairs
    GROUP BY 1"""
AUTHORS = """SELECT author_id, sum(n), count(*)
    FROM (SELECT blog_id, count(*) AS n FROM analytics_blogview WHERE {facts} GROUP BY 1) AS counts
    JOIN analytics_blog ON id = blog_id GROUP BY 1"""
BLOGS = """WITH top AS (
        SELECT blog_id FROM analytics_blogview WHERE {facts} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 10)
    SELECT blog_id, count(*), count(DISTINCT {known_country}) FROM analytics_blogview
    WHERE {facts} AND blog_id IN (SELECT blog_id FROM top) GROUP BY 1"""
BLOGS_OF_ONE = """SELECT blog_id, count(*), 1 FROM analytics_blogview WHERE {facts}
    GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"""
REDUCTION = """SELECT count(*), sum(n) FROM
    (SELECT {day} AS day, country_id, blog_id, count(*) AS n FROM analytics_blogview GROUP BY 1, 2, 3) AS counts"""
"""The counts that a roll-up needs. The result stays inside the engine."""


@dataclass(frozen=True, slots=True)
class Dialect:
    week: str
    day: str
    country: str = "coalesce(country_id, 0)"
    known_country: str = "country_id"
    best: dict[str, str] = field(default_factory=dict)
    """Shapes that this engine answers faster in another form than the usual one."""

    def sql(self, question: MeasuredQuestion) -> str:
        span = question.query.span
        facts = f"timestamp >= '{span.start} 00:00:00' AND timestamp < '{span.end} 00:00:00' AND {question.condition}"
        key = {"countries": self.country, "weeks": self.week}.get(question.shape)
        form = self.best.get(question.shape) or USUAL[question.shape]
        return form.format(facts=facts, key=key, member="blog_id", known_country=self.known_country)

    def reduction(self) -> str:
        return REDUCTION.format(day=self.day)


USUAL = {
    "countries": GROUPED_TWICE,
    "weeks": GROUPED_TWICE,
    "authors": AUTHORS,
    "blogs": BLOGS,
    "blogs_of_one": BLOGS_OF_ONE,
}
POSTGRESQL = Dialect(week="date_trunc('week', timestamp)::date", day="(timestamp AT TIME ZONE 'UTC')::date")
SQLITE = Dialect(week="date(timestamp, 'weekday 0', '-6 days')", day="date(timestamp)")
DUCKDB = Dialect(week="date_trunc('week', timestamp)::date", day="timestamp::date", best={"countries": DIRECT})
CLICKHOUSE = Dialect(
    week="toMonday(timestamp)",
    day="toDate(timestamp)",
    country="country_id",
    known_country="nullIf(country_id, 0)",
    best={"countries": DIRECT, "weeks": DIRECT},
)
