"""`python -m analytics.tests.processes.killed_rollup` reads lines of JSON: the name of a database and a step. For each
line it forks a process that rolls up that database and kills itself with SIGKILL once that step is done, and writes the
signal that ended it. A fork saves the start of Django for each run."""

import json
import os
import sys

from analytics.tests.processes.killed_after import die_after

STEPS = {
    "marks are cleared": ("analytics.warehouse.store.stale_days", "clear", 1),
    "facts are counted": ("analytics.warehouse.flow.count_facts", "_neighbours", 1),
    "old summaries are deleted": ("analytics.warehouse.store.summaries", "delete", 1),
    "new summaries are written": ("analytics.database", "insert_many", 1),
    "a month is done": ("analytics.warehouse.store.summaries", "replace_days", 1),
    "weeks are folded": ("analytics.warehouse.store.summaries", "_fold", 1),
    "all is folded": ("analytics.warehouse.store.summaries", "fold", 1),
    "the ledger is advanced": ("analytics.warehouse.store.generations", "advance", 1),
    "a year is committed": ("analytics.warehouse.flow.roll_up", "_commit", 1),
    "the second year's marks are cleared": ("analytics.warehouse.store.stale_days", "clear", 3),
    "all is committed": ("analytics.warehouse.flow.roll_up", "_commit", 2),
}
"""Module, function, and the number of the call after which the process is killed. The facts lie in three months of two
years, so there are two transactions."""


def run_and_die(database: str, step: str) -> None:
    from django.core.management import call_command
    from django.db import connections

    connections.settings["default"]["NAME"] = database
    die_after(*STEPS[step])
    call_command("precalculate_stats", verbosity=0)


def signal_of(process: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])


def main() -> None:
    import django

    django.setup()
    for line in sys.stdin:
        process = os.fork()
        if not process:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
            run_and_die(*json.loads(line))
            os._exit(0)
        sys.stdout.write(f"{signal_of(process)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
