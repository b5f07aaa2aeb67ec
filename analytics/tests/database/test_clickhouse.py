"""Every statement for the cluster gives the same on an old server and on ClickHouse of today."""

import json
import re

import numpy as np
import pytest

from analytics.database import clickhouse
from analytics.warehouse.store.facts import cluster_facts, cluster_tables

pytestmark = [pytest.mark.clickhouse, pytest.mark.postgres, pytest.mark.django_db]
DAY = 86_400_000_000
PARAMS = {"unit": 900_000_000, "first": 19_700, "end": 19_703, "since": 19_700 * DAY, "until": 19_703 * DAY - 7}
PARAMS |= {"ahead": 86_400 + 20_700, "database": "x", "table": "views", "cluster": "x"}
PARTS = {"visible": "load NOT IN (5)", "context": "context", "counted": "visitor", "erased": "viewer IN (1, 2)"}
PARTS |= {"given": "(19700, 1, 0, 0), (19701, 2, 1, 1)", "blogs": "2, 6"}
READING = ("COUNTED", "VISITED", "BY_DAY", "RECOUNTED", "COUNT", "DAYS", "EXTENT", "ERASED_DAYS", "ERASED_COUNT")
READING += ("BLOGS_DAYS", "BLOGS_COUNT", "ROWS", "EXISTING")
CHANGING = ("HIDE_BLOGS", "HIDE", "DELETE_ERASED", "DELETE_LOAD")


@pytest.fixture
def rows():
    """Return random views, some of which are sent twice."""
    dice, size = np.random.default_rng(3), 300
    found = {
        "day": 19_700 + np.arange(size, dtype=np.int32) % 3,
        "blog": dice.integers(1, 4, size) * 2,
        "key_high": np.zeros(size, np.uint64),
        "key_low": np.arange(size, dtype=np.uint64),
        "country": dice.integers(0, 3, size),
        "context": dice.integers(0, 2, size),
        "visitor": dice.integers(0, 2**64 - 1, size, np.uint64) * dice.integers(0, 2, size).astype(np.uint64),
        "viewer": dice.integers(0, 4, size),
        "address_high": np.zeros(size, np.uint64),
        "address_low": np.zeros(size, np.uint64),
        "time": (19_700 + np.arange(size) % 3) * DAY + dice.integers(0, DAY, size),
        "load": np.where(dice.integers(0, 9, size) == 0, 5, 0),
    }
    return {name: np.concatenate((column, column[:60])) for name, column in found.items()}


@pytest.fixture
def today():
    """Return a function that runs a statement on ClickHouse of today and returns its rows."""
    chdb = pytest.importorskip("chdb.session")
    session = chdb.Session()
    yield lambda sql: [json.loads(line) for line in str(session.query(sql, "JSONCompactEachRow")).splitlines()]
    session.close()


def substituted(sql):
    """Return a statement with its parameters, as the driver writes it."""
    shard = clickhouse.shards()[0]
    with clickhouse._connected(shard.replicas[0]) as client:
        context = client.connection.context
        return client.substitute_params(sql, PARAMS | {"load": 7}, context)


def integers(found):
    return sorted(tuple(map(int, row)) for row in found)


def test_every_statement_gives_the_same_on_both(facts_cluster, rows, today):
    create = cluster_tables._named(cluster_tables.CREATE_VIEWS)
    for statement in (cluster_tables.CREATE_DATABASE, cluster_tables.CREATE_MIGRATIONS, cluster_tables.CREATE_VIEWS):
        today(f"EXPLAIN AST {cluster_tables._named(statement)}")
    for statement in (clickhouse.STATE, clickhouse.LOG_PATH, clickhouse.UNFINISHED, clickhouse.SHARDS):
        today(substituted(statement))
    name = clickhouse.table("views")
    today(f"CREATE DATABASE {facts_cluster.database}")
    today(re.sub(r" ON CLUSTER \w+", "", re.sub(r"Replicated(\w+)\([^)]*\)", r"\1", create)))
    values = ", ".join(map(str, zip(*(column.tolist() for column in rows.values()), strict=True)))
    today(f"INSERT INTO {name} ({', '.join(rows)}) VALUES {values}")
    shard = clickhouse.shards()[0]
    clickhouse.insert(shard, "views", rows)
    for mutated in (None, *CHANGING):
        if mutated:
            change = getattr(cluster_facts, mutated).format(**PARTS)
            clickhouse.mutate("views", change, PARAMS | {"load": 7})
            today(f"ALTER TABLE {name} {substituted(change)} SETTINGS mutations_sync = 2")
        for reading in READING:
            sql = getattr(cluster_facts, reading)
            # Without FINAL it depends on merges whether a row that was sent twice counts twice.
            sql = sql.format(views=name if "FINAL" in sql else f"{name} FINAL", **PARTS)
            columns = clickhouse.columns(shard, "views", ["x"], sql, PARAMS)
            there = today(substituted(sql))
            assert integers(zip(*columns, strict=True)) == integers(signed(there)), (mutated, reading)


def signed(found):
    """Return rows with unsigned integers as our signed columns hold them."""
    return [[int(each) - 2**64 if int(each) >= 2**63 else int(each) for each in row] for row in found]
