"""A ClickHouse cluster that tests start on this machine: two shards of two replicas, and the ZooKeeper between them."""

import random
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from clickhouse_driver import Client, errors

from analytics import conf
from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.servers import running, wait_for

USER, PASSWORD, NAME = "ideeza", "p@ss'word", "tests"
PROXIED = "proxied"
"""The same cluster, under the ports on which a test may start proxies."""
SHARDS, REPLICAS = (1, 2), (1, 2)
SESSION_MILLISECONDS = 3000
ZOO_CFG = """
tickTime=250
minSessionTimeout=1000
dataDir={folder}/data
clientPort={port}
clientPortAddress=127.0.0.1
admin.enableServer=false
"""
CONFIG = """
<yandex>
    <logger><level>warning</level><log>{folder}/server.log</log><errorlog>{folder}/errors.log</errorlog></logger>
    <listen_host>127.0.0.1</listen_host>
    <tcp_port>{port}</tcp_port>
    <http_port>{http}</http_port>
    <interserver_http_port>{between}</interserver_http_port>
    <interserver_http_host>127.0.0.1</interserver_http_host>
    <path>{folder}/data/</path>
    <tmp_path>{folder}/tmp/</tmp_path>
    <users_config>{folder}/users.xml</users_config>
    <default_profile>default</default_profile>
    <default_database>default</default_database>
    <mark_cache_size>16777216</mark_cache_size>
    <zookeeper>
        <node><host>127.0.0.1</host><port>{zookeeper}</port></node>
        <session_timeout_ms>{session}</session_timeout_ms>
    </zookeeper>
    <remote_servers>{clusters}</remote_servers>
    <macros><shard>{shard}</shard><replica>{replica}</replica></macros>
    <distributed_ddl><path>/clickhouse/ddl</path></distributed_ddl>
</yandex>
"""
REPLICA = """<replica><host>127.0.0.1</host><port>{port}</port>
             <user>{user}</user><password>{password}</password></replica>"""
USERS = """
<yandex>
    <profiles><default><max_threads>2</max_threads></default></profiles>
    <quotas><default></default></quotas>
    <users>
        <{user}>
            <password>{password}</password><profile>default</profile><quota>default</quota>
            <networks><ip>127.0.0.1</ip></networks>
        </{user}>
    </users>
</yandex>
"""


def free_port() -> int:
    """Return a port that nothing listens on, below those that Linux gives to outgoing connections: the servers start a
    while after their ports are chosen."""
    while True:
        port = random.randrange(12_000, 32_000)
        with suppress(OSError), closing(socket.socket()) as found:
            found.bind(("127.0.0.1", port))
            return port


class ClickHouseServer:
    """One replica of a shard. A test can stop it and start it again; its files stay."""

    def __init__(self, folder: Path, shard: int, replica: int) -> None:
        self.folder, self.shard, self.replica = folder, shard, replica
        self.port, self.http, self.between, self.proxied = (free_port() for _ in range(4))
        self._running = self._process = None
        folder.mkdir()

    def configure(self, zookeeper: int, clusters: str) -> None:
        """Write the configuration, before the server is launched."""
        places = {"folder": self.folder, "port": self.port, "http": self.http, "between": self.between}
        values = {"zookeeper": zookeeper, "session": SESSION_MILLISECONDS, "clusters": clusters}
        numbers = {"shard": self.shard, "replica": self.replica}
        (self.folder / "config.xml").write_text(CONFIG.format(**places, **values, **numbers))
        (self.folder / "users.xml").write_text(USERS.format(user=USER, password=PASSWORD))

    def launch(self, program: str) -> None:
        """Start the server, without waiting for it."""
        self.program = program
        log = (self.folder / "out").open("ab")
        command = [program, f"--config-file={self.folder}/config.xml"]
        options = {"stdout": log, "stderr": log, "stdin": subprocess.DEVNULL, "cwd": self.folder}
        self._process = subprocess.Popen(command, **options)
        log.close()

    def start(self) -> None:
        """Start the server unless it runs, and wait until it answers and has a session with ZooKeeper: 18.16 may crash
        if it is asked to create tables before."""
        if self._process is None or self._process.poll() is not None:
            self.launch(self.program)
        wait_for(self.port, self._process)
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None and time.monotonic() < deadline, f"{self.folder} does not answer"
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            self.execute("SELECT count() FROM system.zookeeper WHERE path = '/'")
            return self.execute("SELECT count() FROM system.replicas WHERE is_readonly") == [(0,)]
        except (errors.Error, EOFError):
            return False

    def execute(self, sql: str) -> list[tuple[Any, ...]]:
        with Client("127.0.0.1", self.port, user=USER, password=PASSWORD) as client:
            return client.execute(sql)

    def stop(self, end: signal.Signals = signal.SIGKILL) -> None:
        if self._process is not None:
            self._process.send_signal(end)
            self._process.wait(20)
            self._process = None


class ClickHouseCluster:
    """The servers of a cluster, and the setting that names it. `database` is that of the running test."""

    database = ""

    def __init__(self, programs: dict[str, str], folder: Path) -> None:
        self.folder, self.zookeeper = folder, free_port()
        self.servers = {(s, r): ClickHouseServer(folder / f"{s}-{r}", s, r) for s in SHARDS for r in REPLICAS}
        (folder / "zoo.cfg").write_text(ZOO_CFG.format(folder=folder, port=self.zookeeper))
        self._stack = ExitStack()
        try:
            self._start(programs)
        except BaseException:
            self.stop()
            raise

    def _start(self, programs: dict[str, str]) -> None:
        java = (programs["java"], "-Xmx128m", "-cp", "/usr/share/java/zookeeper.jar")
        main = (*java, "org.apache.zookeeper.server.quorum.QuorumPeerMain", f"{self.folder}/zoo.cfg")
        self._stack.enter_context(running(self.zookeeper, *main, folder=self.folder))
        self._wait_for_zookeeper()
        clusters = self._named(NAME, "port") + self._named(PROXIED, "proxied")
        for server in self.servers.values():
            server.configure(self.zookeeper, clusters)
            server.launch(programs["clickhouse-server"])
        for server in self.servers.values():
            server.start()

    def _wait_for_zookeeper(self) -> None:
        """Wait until it serves: a ClickHouse 18.16 that has met one that does not crashes at its first ON CLUSTER."""
        deadline, answer = time.monotonic() + TIMEOUT_SECONDS, b""
        while b"Mode:" not in answer:
            assert time.monotonic() < deadline, answer
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.zookeeper), 1) as connection:
                connection.sendall(b"srvr")
                answer = connection.recv(4096)

    def _named(self, name: str, port: str) -> str:
        return f"<{name}>{''.join(self._shard(shard, port) for shard in SHARDS)}</{name}>"

    def _shard(self, shard: int, port: str) -> str:
        ports = (getattr(self.servers[shard, replica], port) for replica in REPLICAS)
        replicas = (REPLICA.format(port=each, user=USER, password=PASSWORD) for each in ports)
        return f"<shard><internal_replication>true</internal_replication>{''.join(replicas)}</shard>"

    def url(self, database: str) -> str:
        hosts = ",".join(f"127.0.0.1:{server.port}" for server in self.servers.values())
        return f"clickhouse://{USER}:{quote(PASSWORD, safe='')}@{hosts}/{database}?cluster={NAME}"

    def address(self, database: str) -> conf.FactsCluster:
        hosts = tuple(("127.0.0.1", server.port) for server in self.servers.values())
        return conf.FactsCluster(hosts, USER, PASSWORD, database, NAME)

    def start_all(self) -> None:
        for server in self.servers.values():
            server.start()

    def stop(self) -> None:
        for server in self.servers.values():
            server.stop()
        self._stack.close()
