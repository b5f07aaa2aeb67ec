"""The facts in PostgreSQL: read by COPY as fixed-size records, all facts of a read as one value."""

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import numpy as np
from django.db import OperationalError
from numpy.typing import NDArray

from analytics import database
from analytics.datasets import Dataset
from analytics.warehouse.store.facts import database_facts
from analytics.warehouse.store.facts.database_facts import DatabaseFacts
from analytics.warehouse.store.facts.fact_store import DAY, Moments, Portion
from tally.columns import constant_column
from tally.counts import Ints, RawBytes
from tally.facts import FactColumns, FactDetail

log = logging.getLogger(__name__)

LOCK_TIMEOUT = "SET LOCAL lock_timeout = '1s'"
SUMMARIZE = """
    SELECT CASE WHEN pg_has_role(named.relowner, 'USAGE') THEN brin_summarize_new_values(indexrelid) END
    FROM pg_index JOIN pg_class AS named ON named.oid = indexrelid JOIN pg_am AS method ON method.oid = named.relam
    WHERE indrelid = %s::regclass AND amname = 'brin'"""
"""NULL where only another role may do it."""
MEMBER_BITS, KEY_BITS = 40, 23
"""A member and a key of at most these bits are read as one integer, in two thirds of the time of reading two."""
FACTS = """SELECT timestamp, {of.group} AS key, {of.member} AS member, {of.context} AS context,
           {of.visitor} AS visitor FROM {of.facts} WHERE timestamp >= %s AND timestamp < %s"""
WIDE_RECORD = np.dtype([("time", ">i8"), ("key", ">i8"), ("member", ">i8"), ("context", ">i4"), ("visitor", ">i8")])
RECORDS = """string_agg(timestamptz_send(timestamp) || int8send(key) || int8send(member) || int4send(context)
             || int8send(visitor), '')"""
"""A fact in 36 bytes, all facts as one value. Columns take a fifth longer; rows take several times as long."""
READ = f"SELECT {RECORDS} FROM ({FACTS} LIMIT %s) AS piece"
BARE_RECORD = [("time", ">i8"), ("pair", ">i8")]
READ_NARROW = f"""
    SELECT string_agg(timestamptz_send(timestamp) || int8send(key << {MEMBER_BITS} | member){{more}}, ''),
        int8send(greatest(max(member) >> {MEMBER_BITS}, max(key) >> {KEY_BITS}))
    FROM ({FACTS} LIMIT %s) AS piece"""
"""The same in 28 bytes a fact, in fewer without context or visitor, and a second column: 0 if all ids fit."""
SENT = {"context": "int4send(context)", "visitor": "int8send(visitor)"}
TYPES = {"context": ">i4", "visitor": ">i8"}
DELETE = f"""WITH gone AS (DELETE FROM {{of.facts}} WHERE timestamp >= %s AND timestamp < %s
                         RETURNING timestamp, {{of.group}} AS key, {{of.member}} AS member,
                                   {{of.context}} AS context, {{of.visitor}} AS visitor)
           SELECT {RECORDS} FROM gone"""


class PostgresFacts(DatabaseFacts):
    """The facts in PostgreSQL."""

    DAY_OF_FACT = "(timestamp AT TIME ZONE 'UTC')::date"

    def index_new_facts(self, dataset: Dataset) -> None:
        """Let the BRIN index know the pages that were added to the table: until it does, each read of a time reads all
        of them. Autovacuum does that later. Inside a transaction, or while a vacuum is at work, do nothing."""
        if database.in_transaction():
            return
        try:
            with database.committing():
                database.execute(LOCK_TIMEOUT)
                found = database.rows(SUMMARIZE, [dataset.facts])
        except OperationalError as error:
            log.warning("The index of %s is not up to date, so reading is slower: %s", dataset.facts, error)
        else:
            if (None,) in found:
                log.warning("Only the owner of %s can bring its index up to date, so reading is slower.", dataset.facts)

    def delete_and_read(self, dataset: Dataset, days: Sequence[date], detail: FactDetail) -> Iterator[Portion]:
        database.execute("SET LOCAL ideeza.purging = 'on'")
        yield from self._portions(dataset, days, _delete)
        database.execute("SET LOCAL ideeza.purging = 'off'")

    def _read(self, dataset: Dataset, moments: Moments, limit: int | None, *, detail: FactDetail) -> FactColumns | None:
        params = [*moments, limit]
        needed = {"context": detail.contexts, "visitor": True} if dataset.has_visitors else {}
        names = [name for name, is_needed in needed.items() if is_needed]
        columns = _read_narrow(dataset, params, names)
        columns = columns or _columns(database.copied(READ.format(of=dataset), params))
        return columns if limit is None or columns.size < limit else None

    def _is_estimated_too_large(self, dataset: Dataset, moments: Moments) -> bool:
        """Decide by the planner's estimate. A single day is always tried, because a table that was never analysed has
        no estimate."""
        if moments[1] - moments[0] <= DAY:
            return False
        plan = database.value(f"EXPLAIN (FORMAT json) {FACTS}".format(of=dataset), moments)
        estimate: int = (plan if isinstance(plan, list) else json.loads(plan))[0]["Plan"]["Plan Rows"]
        return estimate > database_facts.FACTS_PER_PORTION


def _read_narrow(dataset: Dataset, params: Sequence[Any], names: Sequence[str]) -> FactColumns | None:
    """Return the columns, with these of context and visitor; None if ids are too large."""
    more = "".join(f" || {SENT[name]}" for name in names)
    ((data, beyond),) = database.copied(READ_NARROW.format(of=dataset, more=more), params)
    if int.from_bytes(beyond or b""):
        return None
    records = np.frombuffer(data or b"", np.dtype([*BARE_RECORD, *((name, TYPES[name]) for name in names)]))
    pairs = records["pair"].astype(np.int64)
    nothing = constant_column(0, records.size)
    context, visitor = (_int64(records[name]) if name in names else nothing for name in SENT)
    return FactColumns(_times(records), pairs >> MEMBER_BITS, pairs & ((1 << MEMBER_BITS) - 1), context, visitor)


def _columns(found: list[list[RawBytes | None]]) -> FactColumns:
    """Return the columns of records that were read or deleted as one value."""
    ((data,),) = found
    records = np.frombuffer(data or b"", WIDE_RECORD)
    return FactColumns(_times(records), *(_int64(records[name]) for name in ("key", "member", "context", "visitor")))


def _times(records: NDArray[np.void]) -> Ints:
    return _int64(records["time"]) + database.POSTGRES_EPOCH


def _int64(column: NDArray[Any]) -> Ints:
    return column.astype(np.int64)


def _delete(dataset: Dataset, moments: Moments, limit: int | None) -> FactColumns | None:
    """Delete and return the facts, or return None and delete nothing if there are too many: DELETE has no limit."""
    counting = f"SELECT count(*) FROM ({FACTS} LIMIT %s) AS piece".format(of=dataset)
    if limit is not None and database.value(counting, [*moments, limit]) >= limit:
        return None
    return _columns(database.copied(DELETE.format(of=dataset), moments))
