"""The questions about every dimension, as bodies of the query language and in SQL over the raw views, and the engines
that answer the SQL. A view is one row of the table `wide`, with the ids of its values: as narrow as an engine can have
it."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from bench import data
from tally.question import ResultRow
from tally.span import Span

Columns = dict[str, np.ndarray]
Ask = Callable[[str], Sequence[tuple[Any, ...]]]
DIMENSIONS = ("source", "campaign", "device", "browser", "os", "language")
TABLE_DIMENSIONS = ("source", "medium", "campaign", "referrer", "device", "browser", "os", "language")
LAST = data.SPAN.end - timedelta(days=1)
MONTH = Span.closed(LAST - timedelta(days=29), LAST)
ODD = Span.closed(data.SPAN.start + timedelta(days=12), LAST - timedelta(days=18))
DECEMBER = Span(date(2025, 12, 1), data.SPAN.end)
NOVEMBER = Span(date(2025, 11, 1), DECEMBER.start)
COUNTRY = 7
MOST_ROWS, TOP = 10_000, 10


class Disagreement(Exception):
    """Two ways to answer the same question give different numbers."""


@dataclass(frozen=True, slots=True)
class WideQuestion:
    """`keys` are SQL expressions, with the placeholders of a dialect. `counted` is the column whose distinct values are
    counted, if any are."""

    name: str
    span: Span
    dimensions: tuple[str, ...]
    keys: tuple[str, ...]
    counted: str = "blog_id"
    where: str = "1 = 1"
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def body(self) -> dict[str, Any]:
        last = self.span.end - timedelta(days=1)
        metrics = {"blog_id": ["views", "blogs"], "visitor": ["visitors"], "": ["views"]}[self.counted]
        return {
            "range": {"start_date": str(self.span.start), "end_date": str(last)},
            "dimensions": list(self.dimensions),
            "metrics": metrics,
            "limit": MOST_ROWS,
            **dict(self.more),
        }


def questions() -> Iterator[WideQuestion]:
    keys = {"country": "country", "hour": "{hour}"} | {name: name for name in DIMENSIONS}
    for name, key in keys.items():
        yield WideQuestion(f"by {name}, 30 days", MONTH, (name,), (key,))
        yield WideQuestion(f"by {name}, 2 years", data.SPAN, (name,), (key,))
    yield WideQuestion("by country, 700 days", ODD, ("country",), ("country",))
    yield WideQuestion("country by month, 2 years", data.SPAN, ("time:month", "country"), ("{month}", "country"))
    yield WideQuestion("weekday and hour, 2 years", data.SPAN, ("weekday", "hour"), ("{weekday}", "{hour}"))
    yield WideQuestion(
        "top blogs of one country, 2 years",
        data.SPAN,
        ("blog",),
        ("blog_id",),
        "",
        f"country = {COUNTRY}",
        (("filters", {"eq": {"country": data.code(COUNTRY)}}), ("limit", TOP)),
    )
    yield WideQuestion(
        "movers by blog, December and November",
        DECEMBER,
        ("blog",),
        ("blog_id",),
        "",
        more=(("compare", "previous"), ("order_by", [["change", "desc"]]), ("limit", TOP)),
    )
    for when, span in (("2 years", data.SPAN), ("700 days", ODD)):
        yield WideQuestion(f"visitors by country, {when}", span, ("country",), ("country",), "visitor")


@dataclass(frozen=True, slots=True)
class Dialect:
    hour: str
    weekday: str
    month: str
    visitors: str
    pairs_first: bool = False
    """Whether distinct members are counted faster from pairs that are grouped before."""

    def sql(self, question: WideQuestion) -> str:
        if dict(question.more).get("compare"):
            return self._movers()
        keys = [key.format(hour=self.hour, weekday=self.weekday, month=self.month) for key in question.keys]
        named = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
        names = ", ".join(f"k{number}" for number in range(len(keys)))
        facts = f"FROM wide WHERE {within(question.span)} AND {question.where}"
        if not question.counted:
            return f"SELECT {named}, count(*) {facts} GROUP BY {names} ORDER BY 2 DESC, 1 LIMIT {TOP}"
        if question.counted == "visitor" and not self.pairs_first:
            return f"SELECT {named}, {self.visitors} {facts} GROUP BY {names}"
        if not self.pairs_first:
            return f"SELECT {named}, count(*), count(DISTINCT blog_id) {facts} GROUP BY {names}"
        pairs = f"SELECT {named}, {question.counted}, count(*) AS n {facts} GROUP BY {names}, {question.counted}"
        numbers = "count(*)" if question.counted == "visitor" else "sum(n), count(*)"
        return f"SELECT {names}, {numbers} FROM ({pairs}) AS pairs GROUP BY {names}"

    def _movers(self) -> str:
        both = Span(NOVEMBER.start, DECEMBER.end)
        now = f"sum(CASE WHEN timestamp >= '{DECEMBER.start} 00:00:00' THEN 1 ELSE 0 END)"
        before = f"sum(CASE WHEN timestamp < '{DECEMBER.start} 00:00:00' THEN 1 ELSE 0 END)"
        return (
            f"SELECT blog_id, {now} AS now, {before} AS earlier FROM wide WHERE {within(both)} "
            f"GROUP BY blog_id ORDER BY {now} - {before} DESC LIMIT {TOP}"
        )


def within(span: Span) -> str:
    return f"timestamp >= '{span.start} 00:00:00' AND timestamp < '{span.end} 00:00:00'"


POSTGRESQL = Dialect(
    "extract(hour FROM timestamp)::int",
    "extract(isodow FROM timestamp)::int",
    "date_trunc('month', timestamp)",
    "count(DISTINCT visitor)",
    pairs_first=True,
)
DUCKDB = Dialect(
    "hour(timestamp)", "isodow(timestamp)", "date_trunc('month', timestamp)", "approx_count_distinct(visitor)"
)
CLICKHOUSE = Dialect("toHour(timestamp)", "toDayOfWeek(timestamp)", "toStartOfMonth(timestamp)", "uniq(visitor)")


@dataclass(frozen=True, slots=True)
class Engine:
    name: str
    dialect: Dialect
    ask: Ask

    def run(self, question: WideQuestion) -> Sequence[tuple[Any, ...]]:
        return self.ask(self.dialect.sql(question))

    def agree(self, question: WideQuestion, rows: Sequence[ResultRow]) -> None:
        """Raise Disagreement if the numbers of the rows are not those that were found; visitors are estimates."""
        if question.counted == "visitor":
            return
        theirs = sorted(tuple(map(int, row[len(question.keys) :])) for row in self.run(question))
        if dict(question.more).get("compare"):  # of equal changes, either may be the last one
            own = sorted(row.numbers["views"] - (row.compared or {})["views"] for row in rows)
            same = own == sorted(now - earlier for now, earlier in theirs)
        else:
            names = ("views", "blogs") if question.counted else ("views",)
            same = theirs == sorted(tuple(row.numbers[name] for name in names) for row in rows)
        if not same:
            raise Disagreement(f"{question.name}: {self.name} gives other numbers")


def engines(postgresql: Ask, columns: Columns) -> Iterator[Engine]:
    dimensions = ", ".join(f"coalesce({name}, 0) AS {name}" for name in TABLE_DIMENSIONS)
    postgresql("SET TimeZone = 'UTC'")
    postgresql(
        f"CREATE OR REPLACE VIEW wide AS SELECT timestamp, coalesce(country_id, 0) AS country, blog_id, {dimensions}, "
        "visitor FROM analytics_blogview AS views LEFT JOIN analytics_context AS context ON context.id = context_id"
    )
    yield Engine("PostgreSQL", POSTGRESQL, postgresql)
    with suppress(ModuleNotFoundError):
        yield Engine("DuckDB", DUCKDB, duckdb(columns))
    with suppress(ModuleNotFoundError):
        yield Engine("ClickHouse", CLICKHOUSE, clickhouse(columns))


def duckdb(columns: Columns) -> Ask:
    import duckdb  # noqa: PLC0415

    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    views = columns
    others = ", ".join(name for name in views if name != "timestamp")
    connection.execute(
        f"CREATE TABLE wide AS SELECT make_timestamp(timestamp * 1000000) AS timestamp, {others} FROM views"
    )
    return lambda sql: connection.execute(sql).fetchall()


def clickhouse(columns: Columns) -> Ask:
    """Open ClickHouse in this process, as `chdb`, with its files in a temporary folder."""
    from chdb.session import Session  # noqa: PLC0415

    session = Session()
    session.query("CREATE DATABASE IF NOT EXISTS bench")
    session.query("USE bench")
    types = {"timestamp": ("DateTime('UTC')", "<u4"), "visitor": ("Int64", "<i8")}
    kinds = {name: types.get(name, ("UInt32", "<u4")) for name in columns}
    records = np.empty(columns["timestamp"].size, [(name, kinds[name][1]) for name in columns])
    for name, column in columns.items():
        records[name] = column
    structure = ", ".join(f"{name} {kinds[name][0]}" for name in columns)
    session.query(f"CREATE TABLE wide ({structure}) ENGINE = MergeTree ORDER BY timestamp")
    _insert(session, structure, records)
    session.query("OPTIMIZE TABLE wide FINAL")

    def ask(sql: str) -> list[tuple[str, ...]]:
        text = session.query(sql, "TabSeparated").bytes().decode()
        return [tuple(line.split("\t")) for line in text.splitlines()]

    return ask


def _insert(session: Any, structure: str, records: np.ndarray) -> None:
    with tempfile.NamedTemporaryFile(suffix=".rows") as file:
        records.tofile(file)
        file.flush()
        quoted = structure.replace("'", "\\'")
        session.query(f"INSERT INTO wide SELECT * FROM file('{file.name}', 'RowBinary', '{quoted}')")
