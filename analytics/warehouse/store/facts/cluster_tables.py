"""The tables of the facts on a ClickHouse cluster, and how they are created."""

from collections.abc import Iterator

import numpy as np

from analytics import conf
from analytics.database import clickhouse

VIEWS_TABLE = "views"
MIGRATIONS_TABLE = "migrations"

CREATE_DATABASE = "CREATE DATABASE IF NOT EXISTS {database} ON CLUSTER {cluster}"
CREATE_MIGRATIONS = """
    CREATE TABLE IF NOT EXISTS {database}.migrations ON CLUSTER {cluster} (number Int32)
    ENGINE = ReplicatedMergeTree('/clickhouse/{database}/migrations', '{{shard}}-{{replica}}')
    ORDER BY number"""
"""All servers hold the same rows, whatever their shard."""
CREATE_VIEWS = """
    CREATE TABLE IF NOT EXISTS {database}.views ON CLUSTER {cluster} (
        day Int32,
        blog Int64,
        key_high UInt64,
        key_low UInt64,
        country Int64,
        context Int64,
        visitor UInt64,
        viewer Int64,
        address_high UInt64,
        address_low UInt64,
        time Int64,
        load Int64
    )
    ENGINE = ReplicatedReplacingMergeTree('/clickhouse/{database}/{{shard}}/views', '{{replica}}')
    PARTITION BY intDiv(day, 32)
    ORDER BY (day, blog, key_high, key_low)"""
"""`day` is a number of days since 1970, because a Date ends in 2149. `time` is in microseconds: 18.16 has no type
for it. Both are of UTC. Of rows with one key the last counts. The country is not in the key: the same view sent
again from another network is the same view. `load` is 0, or the number under which rows are hidden together."""

MIGRATIONS: tuple[tuple[str, str], ...] = (("create the table of views", CREATE_VIEWS),)
"""What each migration does, and its statement. They only go forwards; the number of each is its place, from 1."""

LAST = "SELECT max(number) AS number FROM {migrations}"


def migrate() -> Iterator[str]:
    """Create what is missing, and yield what is done. After an interruption, call this again."""
    clickhouse.on_cluster(_named(CREATE_DATABASE))
    clickhouse.on_cluster(_named(CREATE_MIGRATIONS))
    done = applied()
    for number, (name, sql) in enumerate(MIGRATIONS, 1):
        if number > done:
            clickhouse.on_cluster(_named(sql))
            clickhouse.insert(clickhouse.shards()[0], MIGRATIONS_TABLE, {"number": np.array([number], np.int32)})
            yield f"{number}: {name}"


def applied() -> int:
    """Return the number of the last migration that the cluster has."""
    sql = LAST.format(migrations=clickhouse.table(MIGRATIONS_TABLE))
    (number,) = clickhouse.columns(clickhouse.shards()[0], MIGRATIONS_TABLE, ["number"], sql, {})
    return int(number.max(initial=0))


def missing() -> int:
    """Return how many migrations the cluster lacks."""
    return max(len(MIGRATIONS) - applied(), 0)


def _named(sql: str) -> str:
    known = conf.facts_cluster()
    assert known, "IDEEZA_FACTS is not set"
    return sql.format(database=known.database, cluster=known.cluster)
