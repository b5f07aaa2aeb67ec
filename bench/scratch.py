"""Scratch databases: created and filled if missing, and again if the sources of their tables or data have changed."""

import hashlib
import json
import os
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
from psycopg2 import sql

ROOT = Path(__file__).resolve().parent.parent
SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1/postgres")
FOLDER = Path(os.environ.get("BENCH_FOLDER", Path(tempfile.gettempdir()) / "ideeza_bench"))
"""Where SQLite, DuckDB and ClickHouse keep their files."""


@dataclass(frozen=True, slots=True)
class Scratch:
    """One database with so many facts, and the folder in which the other engines keep the same facts."""

    facts: int
    url: str

    @property
    def on_postgres(self) -> bool:
        return not self.url.startswith("sqlite")

    @property
    def folder(self) -> Path:
        return FOLDER / short(self.facts)


def short(count: int) -> str:
    """
    >>> short(10_000_000), short(20_000)
    ('10m', '20k')
    """
    return f"{count // 1_000_000}m" if count >= 1_000_000 else f"{count // 1000}k"


def postgres_answers() -> bool:
    try:
        psycopg2.connect(SERVER, connect_timeout=3).close()
    except psycopg2.OperationalError as error:
        print(f"No PostgreSQL at {SERVER} (set BENCH_DATABASE_URL): {error}", file=sys.stderr)
        return False
    return True


def server_version() -> str:
    with closing(psycopg2.connect(SERVER)) as server:
        return server.info.parameter_status("server_version").split()[0]


def postgres(facts: int, *, refill: bool, with_contexts: bool = False) -> Scratch:
    """Return the database with so many facts. With contexts, they have sources, devices and visitors too."""
    name = f"ideeza_bench_{short(facts)}{'_contexts' if with_contexts else ''}"
    scratch = Scratch(facts, urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")))
    with closing(psycopg2.connect(SERVER)) as server:
        server.autocommit = True
        cursor = server.cursor()
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        if refill or cursor.fetchone() != (made_of(),):
            cursor.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            _fill(scratch, with_contexts=with_contexts)
            cursor.execute(sql.SQL("COMMENT ON DATABASE {} IS %s").format(sql.Identifier(name)), [made_of()])
    return scratch


def empty(what: str) -> Scratch:
    """Create an empty PostgreSQL database with the tables, in place of the one from the last run."""
    name = f"ideeza_bench_{what}"
    place = Scratch(0, urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}")))
    with closing(psycopg2.connect(SERVER)) as server:
        server.autocommit = True
        for statement in ("DROP DATABASE IF EXISTS {}", "CREATE DATABASE {}"):
            server.cursor().execute(sql.SQL(statement).format(sql.Identifier(name)))
    _migrate(place)
    return place


def drop(place: Scratch) -> None:
    """Drop a PostgreSQL database."""
    with closing(psycopg2.connect(SERVER)) as server:
        server.autocommit = True
        name = sql.Identifier(urlsplit(place.url).path.removeprefix("/"))
        server.cursor().execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))


def sqlite(facts: int, *, refill: bool) -> Scratch:
    path = FOLDER / f"{short(facts)}.sqlite3"
    scratch = Scratch(facts, f"sqlite:///{path}")
    if refill or not is_made(path):
        FOLDER.mkdir(parents=True, exist_ok=True)
        for each in FOLDER.glob(f"{path.name}*"):
            each.unlink()
        _fill(scratch)
        note_made(path)
    return scratch


def _fill(scratch: Scratch, *, with_contexts: bool = False) -> None:
    print(f"Filling {scratch.url} with {scratch.facts:,} facts ...", file=sys.stderr)
    _migrate(scratch)
    arguments = {"facts": scratch.facts, "with_contexts": with_contexts}
    subprocess.run(
        [sys.executable, "-m", "bench.child", "fill", json.dumps(arguments)],
        cwd=ROOT,
        env=child_environment(scratch),
        check=True,
        stdout=subprocess.DEVNULL,
    )


def _migrate(scratch: Scratch) -> None:
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, cwd=ROOT, env=child_environment(scratch), check=True)


def child_environment(scratch: Scratch, redis: str = "") -> dict[str, str]:
    """Return an environment as in production: DEBUG off, and no setting taken from the shell."""
    settings = {
        "DATABASE_URL": scratch.url,
        "REDIS_URL": redis,
        "DEBUG": "false",
        "SECRET_KEY": "for-the-benchmark-only-" + "x" * 32,
        "ALLOWED_HOSTS": "127.0.0.1",
        "IDEEZA_API_OPEN": "false",
        "IDEEZA_USE_HLL": "false",
        "STATSD_HOST": "",
        "SECURE_COOKIES": "false",
        "DJANGO_SETTINGS_MODULE": "ideeza.settings",
        "PYTHONPATH": str(ROOT),
    }
    return {**os.environ, **settings}


def made_of() -> str:
    """Return a digest of the files that the scratch databases are made from."""
    own = (ROOT / "bench" / name for name in ("contexts.py", "data.py", "fill.py"))
    sources = [*sorted(ROOT.glob("analytics/migrations/*.py")), *own]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


def _note(path: Path) -> Path:
    return path.with_name(f"{path.name}.made")


def is_made(path: Path) -> bool:
    return _note(path).exists() and _note(path).read_text() == made_of()


def note_made(path: Path) -> None:
    _note(path).write_text(made_of())
