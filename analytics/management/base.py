"""What all commands have in common: a failure around them ends them with one line and an exit code, without a
traceback."""

import os
import sys
from typing import Any, NamedTuple, TextIO

from django.core.management.base import BaseCommand
from django.db import DatabaseError, DataError, IntegrityError, InterfaceError, connection

from analytics.database.migration_state import count_missing_migrations

EXIT_USAGE = 2
"""The exit code of argparse."""
EXIT_DATA, EXIT_UNAVAILABLE, EXIT_MEMORY, EXIT_OUTPUT, EXIT_CONFIG = 65, 69, 71, 74, 78
"""EX_DATAERR, EX_UNAVAILABLE, EX_OSERR, EX_IOERR and EX_CONFIG of sysexits.h."""
EXIT_INTERRUPTED, EXIT_CLOSED_PIPE = 130, 141
"""The shell's exit codes of Ctrl-C and of a pipe whose reader has ended."""
NOT_MIGRATED = "The database is not migrated: run `manage.py migrate`."


class Ending(NamedTuple):
    """How a command ends that something around it stopped."""

    code: int
    message: str


ENDINGS: dict[type[BaseException], Ending] = {
    KeyboardInterrupt: Ending(EXIT_INTERRUPTED, "Interrupted."),
    BrokenPipeError: Ending(EXIT_CLOSED_PIPE, ""),
    MemoryError: Ending(EXIT_MEMORY, "There is not enough memory."),
    UnicodeEncodeError: Ending(EXIT_USAGE, "A name or an argument is not in UTF-8."),
    OSError: Ending(EXIT_OUTPUT, "Input or output failed: {}"),
    DataError: Ending(EXIT_DATA, "The database cannot store this: {}"),
    IntegrityError: Ending(EXIT_DATA, "The database cannot store this: {}"),
    DatabaseError: Ending(EXIT_UNAVAILABLE, "The database failed: {}"),
    InterfaceError: Ending(EXIT_UNAVAILABLE, "The database failed: {}"),
}
"""The endings of a command, special exceptions before general ones. `{}` is the first line of the exception."""


class ServiceCommand(BaseCommand):
    """A command of this service. `call_command` gets the exceptions as they are, and so does `--traceback`."""

    requires_system_checks = ()
    """Django's own checks load every view, which takes as long as the rest of a start. `manage.py check` runs them."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Python has no stream in place of an output that was closed (`>&-`)."""
        sys.stdout, sys.stderr = sys.stdout or _nowhere(), sys.stderr or _nowhere()
        super().__init__(*args, **options)

    def run_from_argv(self, argv: list[str]) -> None:
        if "--traceback" in argv:
            super().run_from_argv(argv)
            return
        try:
            super().run_from_argv(argv)
            sys.stdout.flush()
        except (*ENDINGS, *_redis_errors()) as error:
            self._end(ending_of(error))

    def _end(self, ending: Ending) -> None:
        _drop_unwritable_output()
        if ending.message:
            self.stderr.write(ending.message)
        sys.exit(ending.code)


def ending_of(error: BaseException) -> Ending:
    """Return the ending for one of the exceptions in `ENDINGS`, or of Redis."""
    if isinstance(error, (DatabaseError, InterfaceError)) and is_not_migrated():
        return Ending(EXIT_CONFIG, NOT_MIGRATED)
    if isinstance(error, _redis_errors()):
        return Ending(EXIT_UNAVAILABLE, f"Redis cannot answer: {_first_line(error)}")
    code, message = next(ending for kind, ending in ENDINGS.items() if isinstance(error, kind))
    return Ending(code, message.format(_first_line(error)))


def _redis_errors() -> tuple[type[BaseException], ...]:
    """Return the errors of Redis, none while its client is not loaded: most commands do not need it, and to load it
    takes a tenth of their start."""
    client = sys.modules.get("redis")
    return (client.RedisError,) if client else ()


def is_not_migrated() -> bool:
    """Return whether migrations are missing; False if the database does not answer."""
    try:
        connection.close()  # it may be in a transaction that has failed
        return count_missing_migrations() > 0
    except (DatabaseError, InterfaceError):
        return False


def _first_line(error: BaseException) -> str:
    """Return the first line of the message, without the statement that PostgreSQL adds."""
    return str(error).strip().partition("\n")[0]


def _nowhere() -> TextIO:
    return open(os.devnull, "w")


def _drop_unwritable_output() -> None:
    """Flush the output. Drop what cannot be written, so that Python does not complain of it again at its end."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
