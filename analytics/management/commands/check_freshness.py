"""`check_freshness`: say by the exit code whether the summaries are fresh."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.db import DatabaseError, InterfaceError

from analytics import clock
from analytics.health.check import Health, check_health
from analytics.management.arguments import parse_positive
from analytics.management.base import ServiceCommand, ending_of

EXIT_FRESH, EXIT_STALE, EXIT_UNKNOWN = 0, 1, 2


class Command(ServiceCommand):
    help = "For cron and health checks: exit code 0 if the summaries are fresh, 1 if they are not, 2 if it is unknown."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--max-age",
            type=parse_positive,
            default=900,
            metavar="S",
            help="seconds a day may stay stale (900)",
        )

    def handle(self, **options: Any) -> None:
        try:
            health = check_health(clock.now())
        except (DatabaseError, InterfaceError) as error:
            self.stderr.write(f"UNKNOWN: {ending_of(error).message}")
            sys.exit(EXIT_UNKNOWN)
        code, word = status(health, options["max_age"])
        waiting = f"{health.pending} stale days, the oldest for {health.waiting:.0f} s"
        self.stdout.write(f"{word}: {waiting}; {_as_of(health)}{_cluster(health)}")
        if code:
            sys.exit(code)


def status(health: Health, max_age: int) -> tuple[int, str]:
    if health.missing_triggers:
        return EXIT_UNKNOWN, f"UNKNOWN: the triggers {', '.join(health.missing_triggers)} are missing"
    if health.waiting > max_age:
        return EXIT_STALE, "STALE"
    return EXIT_FRESH, "FRESH"


def _cluster(health: Health) -> str:
    return f"; of the cluster of facts, {', '.join(health.replicas_away)} away" if health.replicas_away else ""


def _as_of(health: Health) -> str:
    return f"rolled up {health.as_of:%Y-%m-%d %H:%M:%S} UTC" if health.as_of else "never rolled up"
