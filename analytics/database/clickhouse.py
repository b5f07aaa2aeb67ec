"""A ClickHouse cluster: statements on one shard, on all shards, and on the cluster as a whole.

The driver is an extra of this project. It is imported by the first statement, so an installation without a cluster does
not need it.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Any, NamedTuple, TypeVar

import numpy as np
from django.db import DatabaseError, OperationalError
from numpy.typing import NDArray

from analytics import conf
from tally.counts import Ints

T = TypeVar("T")

CONNECT_SECONDS = 2
SILENCE_SECONDS = 60
"""The longest time without any byte of a server that works on a statement: it sends its progress all the time."""
CATCH_UP_SECONDS = 10.0
"""How long a statement waits for a replica that can take it or answer it, while some replica of the shard runs."""
RETRY_SECONDS = 0.05
COPY_POLL_SECONDS = 0.01
CLUSTER_SECONDS = 60.0
"""How long a change waits until every replica has done it."""
SHARDS_KNOWN_SECONDS = 60.0
UNKNOWN_TABLE, UNKNOWN_DATABASE = 60, 81
PASSING = {159, 202, 209, 210, 242, 252, 279, 319, 999}
"""The codes of errors that another replica, or the same one a little later, may not give: time-outs, a table that is
read-only because the coordination service is away."""


class ClusterUnavailable(OperationalError):
    """The cluster of facts cannot answer completely now."""


class ClusterNotMigrated(DatabaseError):
    """The cluster of facts lacks tables: run `manage.py migrate_facts`."""


class Replica(NamedTuple):
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


class Shard(NamedTuple):
    """A part of the facts. All its replicas hold the same."""

    number: int
    replicas: tuple[Replica, ...]

    def __str__(self) -> str:
        return f"shard {self.number} ({', '.join(map(str, self.replicas))})"


class ReplicaState(NamedTuple):
    """What a replica says of its copy of a table."""

    can_write: bool
    is_current: bool


STATE = """
    SELECT is_readonly, is_session_expired, inserts_in_queue, log_max_index, log_pointer
    FROM system.replicas WHERE database = %(database)s AND table = %(table)s"""
LOG_LENGTH = "SELECT count() AS entries FROM system.zookeeper WHERE path = %(path)s"
LOG_PATH = """
    SELECT concat(zookeeper_path, '/log') AS path FROM system.replicas
    WHERE database = %(database)s AND table = %(table)s"""
UNFINISHED = """
    SELECT count() AS mutations FROM system.mutations
    WHERE database = %(database)s AND table = %(table)s AND is_done = 0"""
SHARDS = """
    SELECT shard_num, host_name, port FROM system.clusters WHERE cluster = %(cluster)s
    ORDER BY shard_num, replica_num"""


class _Pool:
    """Idle connections of this process by replica. A connection is used by one thread at a time."""

    def __init__(self) -> None:
        self.process, self.lock = os.getpid(), Lock()
        self.idle: dict[Replica, list[Any]] = {}
        self.shards: tuple[float, list[Shard]] | None = None

    def take(self, replica: Replica) -> Any:
        with self.lock:
            waiting = self.idle.setdefault(replica, [])
            return waiting.pop() if waiting else _client(replica)

    def give_back(self, replica: Replica, client: Any) -> None:
        with self.lock:
            self.idle.setdefault(replica, []).append(client)

    def close(self) -> None:
        with self.lock:
            for client in (client for several in self.idle.values() for client in several):
                client.disconnect()
            self.idle, self.shards = {}, None


_pools: list[_Pool] = []


def _pool() -> _Pool:
    """Return the pool of this process: a fork must not use the connections of its parent."""
    if not _pools or _pools[-1].process != os.getpid():
        _pools.append(_Pool())
    return _pools[-1]


def close() -> None:
    """Close all idle connections, and forget the shards."""
    _pool().close()


def _client(replica: Replica) -> Any:
    from clickhouse_driver import Client  # an extra

    known = _cluster()
    return Client(
        replica.host,
        port=replica.port,
        user=known.user,
        password=known.password,
        secure=known.secure,
        connect_timeout=CONNECT_SECONDS,
        send_receive_timeout=SILENCE_SECONDS,
        settings={"use_numpy": True},
    )


def _cluster() -> conf.FactsCluster:
    found = conf.facts_cluster()
    assert found, "IDEEZA_FACTS is not set"
    return found


@contextmanager
def _connected(replica: Replica) -> Iterator[Any]:
    """Give a connection. After an error it is closed, because an answer may still be under way."""
    pool, client = _pool(), None
    try:
        client = pool.take(replica)
        yield client
    except BaseException:
        if client is not None:
            client.disconnect()
        raise
    pool.give_back(replica, client)


def shards() -> list[Shard]:
    """Return the shards of the cluster in their order, as any of the hosts that the setting names describes them."""
    pool = _pool()
    if pool.shards is None or pool.shards[0] < time.monotonic():
        pool.shards = time.monotonic() + SHARDS_KNOWN_SECONDS, _read_shards()
    return pool.shards[1]


def _read_shards() -> list[Shard]:
    hosts = Shard(0, tuple(Replica(*host) for host in _cluster().hosts))
    name = _cluster().cluster
    rows = _on_any(hosts, lambda client: _rows(client, SHARDS, {"cluster": name}))
    if not rows:
        raise ClusterUnavailable(f"ClickHouse knows no cluster {name!r}: see system.clusters.")
    by_number: dict[int, list[Replica]] = {}
    for number, host, port in rows:
        by_number.setdefault(int(number), []).append(Replica(str(host), int(port)))
    return [Shard(number, tuple(replicas)) for number, replicas in sorted(by_number.items())]


def table(name: str) -> str:
    """Return the full name of a table of the facts."""
    return f"{_cluster().database}.{name}"


def on_all(act: Callable[[Shard], T]) -> list[T]:
    """Call `act` for every shard at once and return the results in order. Raise the first error."""
    several = shards()
    if len(several) == 1:
        return [act(several[0])]
    with ThreadPoolExecutor(len(several)) as threads:
        return list(threads.map(act, several))


def columns(shard: Shard, of: str, names: Sequence[str], sql: str, params: Mapping[str, Any]) -> list[Ints]:
    """Return the integer columns of a query on a shard, from a replica that holds all that was acknowledged to `of`, a
    table. Raise ClusterUnavailable if there is no such replica."""

    def read(client: Any) -> list[Ints]:
        if not _state(client, of).is_current:
            raise _Behind
        found = client.execute(sql, dict(params), columnar=True)
        return [column.astype(np.int64) for column in found] if found else [np.zeros(0, np.int64) for _ in names]

    return _on_any(shard, read)


def insert(shard: Shard, into: str, values: Mapping[str, NDArray[Any]]) -> None:
    """Insert rows, as columns, into a table of a shard. On return a majority of its replicas hold them, or all replicas
    that answer. Raise ClusterUnavailable if that is unknown; the same rows may then be inserted again.

    ClickHouse's own quorum would do the same, but not let old versions (18.16) change or merge the rows afterwards.
    """
    sql = f"INSERT INTO {table(into)} ({', '.join(values)}) VALUES"

    def write(client: Any) -> None:
        if not _state(client, into).can_write:
            raise _Behind
        # ClickHouse leaves out a block that it was sent before, even if rows of it were deleted in between.
        client.execute(sql, list(values.values()), columnar=True, settings={"insert_deduplicate": 0})

    _on_any(shard, write)
    _wait_for_copies(shard, into)


def _wait_for_copies(shard: Shard, of: str) -> None:
    deadline, majority = time.monotonic() + CATCH_UP_SECONDS, len(shard.replicas) // 2 + 1
    while True:
        answering = [state for replica in shard.replicas if (state := _state_of(replica, of))]
        if answering and sum(state.is_current for state in answering) >= min(majority, len(answering)):
            return
        if time.monotonic() > deadline:
            raise ClusterUnavailable(f"The replicas of {shard} have not copied views within {CATCH_UP_SECONDS:.0f} s.")
        time.sleep(COPY_POLL_SECONDS)


class _Behind(Exception):
    """This replica cannot take a statement now, or lacks what others have."""


def _on_any(shard: Shard, act: Callable[[Any], T]) -> T:
    """Return the result of `act` with a connection to one of the replicas. While some replica answers and cannot do it
    now, try again for CATCH_UP_SECONDS."""
    from clickhouse_driver import errors  # an extra

    deadline, reasons = time.monotonic() + CATCH_UP_SECONDS, dict[Replica, str]()
    while True:
        some_answer = False
        for replica in shard.replicas:
            try:
                with _connected(replica) as client:
                    return act(client)
            except _Behind:
                some_answer, reasons[replica] = True, "behind"
            except errors.ServerException as error:
                _raise_unless_passing(error)
                some_answer, reasons[replica] = True, f"error {error.code}"
            except (errors.Error, OSError, EOFError) as error:
                reasons[replica] = _network_reason(error)
        if not some_answer or time.monotonic() > deadline:
            why = "; ".join(f"{replica}: {reason}" for replica, reason in reasons.items())
            name = f"Shard {shard.number}" if shard.number else "The cluster"
            raise ClusterUnavailable(f"{name} of the facts does not answer ({why}).")
        time.sleep(RETRY_SECONDS)


def _network_reason(error: Exception) -> str:
    return str(error).partition("\n")[0].removeprefix("Code: 210. ").removeprefix("Code: 209. ") or type(error).__name__


def _raise_unless_passing(error: Any) -> None:
    if error.code in (UNKNOWN_TABLE, UNKNOWN_DATABASE):
        raise ClusterNotMigrated(ClusterNotMigrated.__doc__) from error
    if error.code not in PASSING:
        raise DatabaseError(f"ClickHouse refuses a statement: {str(error).partition(chr(10))[0]}") from error


def _rows(client: Any, sql: str, params: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    """Return the rows of a small query, whose columns may be texts."""
    return list(zip(*client.execute(sql, dict(params), columnar=True), strict=True))


def _state(client: Any, of: str) -> ReplicaState:
    """Return the state of a table's replica. It is current if it holds every part that any replica has acknowledged,
    and if everything that was erased is gone."""
    params = {"database": _cluster().database, "table": of}
    rows = _rows(client, STATE, params)
    if not rows:
        raise ClusterNotMigrated(ClusterNotMigrated.__doc__)
    readonly, expired, inserts, last, pointer = map(int, rows[0])
    can_write = not readonly and not expired
    has_all = not inserts and (pointer > last or (not last and not pointer and _log_is_empty(client, params)))
    return ReplicaState(can_write, can_write and has_all and not _erasing(client, params))


def _log_is_empty(client: Any, params: Mapping[str, Any]) -> bool:
    ((path,),) = _rows(client, LOG_PATH, params)
    return not int(_rows(client, LOG_LENGTH, {"path": str(path)})[0][0])


def _erasing(client: Any, params: Mapping[str, Any]) -> bool:
    """Return whether a deletion that readers would notice is not done. Of others, the rows are hidden."""
    ((count,),) = _rows(client, UNFINISHED + f" AND command NOT LIKE '%%{HIDING_COLUMN}%%'", params)
    return bool(int(count))


HIDING_COLUMN = "load"
"""The column by which rows are hidden before they are deleted."""


def mutate(of: str, command: str, params: Mapping[str, Any]) -> None:
    """Run ALTER TABLE ... UPDATE or DELETE on every shard, and wait until each replica has done it. Raise
    ClusterUnavailable if one of them has not: it will do so when it is back."""

    def change(shard: Shard) -> None:
        _on_any(shard, lambda client: client.execute(f"ALTER TABLE {table(of)} {command}", dict(params)))
        for replica in shard.replicas:
            _wait_for_mutations(Shard(shard.number, (replica,)), of)

    for shard in shards():
        _require_replicas(shard, of)
    on_all(change)


def _require_replicas(shard: Shard, of: str) -> None:
    """Raise ClusterUnavailable unless every replica answers and holds everything."""

    def check(client: Any) -> None:
        if not _state(client, of).is_current:
            raise _Behind

    for replica in shard.replicas:
        _on_any(Shard(shard.number, (replica,)), check)


def _wait_for_mutations(shard: Shard, of: str) -> None:
    params, deadline = {"database": _cluster().database, "table": of}, time.monotonic() + CLUSTER_SECONDS
    while _on_any(shard, lambda client: int(_rows(client, UNFINISHED, params)[0][0])):
        if time.monotonic() > deadline:
            raise ClusterUnavailable(f"{shard} has not finished a change within {CLUSTER_SECONDS:.0f} seconds.")
        time.sleep(RETRY_SECONDS)


def on_cluster(sql: str) -> None:
    """Run a statement with ON CLUSTER, and wait until every replica has done it."""
    hosts = Shard(0, tuple(Replica(*host) for host in _cluster().hosts))
    _on_any(hosts, lambda client: client.execute(sql, settings={"distributed_ddl_task_timeout": int(CLUSTER_SECONDS)}))


def replicas_away(of: str) -> list[str]:
    """Return the replicas that do not answer or do not hold everything; never raise. An empty list is good news."""
    try:
        several = [replica for shard in shards() for replica in shard.replicas]
        with ThreadPoolExecutor(len(several)) as threads:
            states = list(threads.map(lambda replica: _state_of(replica, of), several))
    except DatabaseError as error:
        return [str(error)]
    found = zip(several, states, strict=True)
    return [str(replica) for replica, state in found if not (state and state.is_current)]


def _state_of(replica: Replica, of: str) -> ReplicaState | None:
    """Return the state of a replica, or None if it does not answer."""
    from clickhouse_driver import errors  # an extra

    try:
        with _connected(replica) as client:
            return _state(client, of)
    except (errors.Error, OSError, EOFError):
        return None
