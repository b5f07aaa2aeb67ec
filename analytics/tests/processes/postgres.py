"""A PostgreSQL server that a test starts and stops."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import psycopg2

from analytics.tests.processes.other_process import TIMEOUT_SECONDS
from analytics.tests.processes.servers import free_port, running


class PostgresServer:
    """An empty server. A test can stop it and start it again at any time."""

    NAME, USER = "ideeza", "postgres"

    def __init__(self, programs: Path, folder: Path) -> None:
        """Create the data folder. PostgreSQL refuses to run as root, and its user cannot read the folders of pytest in
        /tmp."""
        self.programs, self.folder, self.port = programs, folder, free_port()
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(folder, self.user)
        making = ("--username", self.USER, "--auth", "trust", "--encoding", "UTF8", "--no-locale", "--no-sync")
        command = [programs / "initdb", "--pgdata", folder / "data", *making]
        subprocess.run(command, check=True, user=self.user, cwd=folder, capture_output=True)

    def start(self) -> None:
        """Start the server without fsync: what it wrote survives the death of the process as long as the machine
        runs."""
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.folder), "fsync": "off"}
        settings = [f"-c{name}={value}" for name, value in options.items()]
        command = (str(self.programs / "postgres"), "-D", str(self.folder / "data"), "-p", str(self.port), *settings)
        self._running = running(self.port, *command, folder=self.folder, user=self.user, end=signal.SIGINT)
        self._process = self._running.__enter__()
        self._wait_until_it_answers()

    def stop(self, end: signal.Signals = signal.SIGINT) -> None:
        """Stop the server. SIGINT ends all connections in the middle of what they do, SIGQUIT is a crash."""
        self._process.send_signal(end)
        self._running.__exit__(None, None, None)

    def execute(self, sql: str, database: str = NAME) -> None:
        with closing(psycopg2.connect(dbname=database, user=self.USER, host="127.0.0.1", port=self.port)) as connection:
            connection.autocommit = True
            connection.cursor().execute(sql)

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + TIMEOUT_SECONDS
        while True:
            try:
                return self.execute("SELECT 1", "postgres")
            except psycopg2.OperationalError:
                assert time.monotonic() < deadline
                time.sleep(0.02)
