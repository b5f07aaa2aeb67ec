"""`move_facts`: move blog views from the database to the ClickHouse cluster."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from analytics import conf
from analytics.management.arguments import exit_75_when_locked, parse_date
from analytics.management.base import ServiceCommand
from analytics.warehouse.flow import move_facts


class Command(ServiceCommand):
    help = (
        "Move the blog views before a day from the database to the cluster that IDEEZA_FACTS names. They count once at "
        "any moment. After an interruption, run it again."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", type=parse_date, required=True, metavar="D", help="this day itself stays")

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        if not conf.facts_cluster():
            raise CommandError("IDEEZA_FACTS is not set: there is no cluster to move views to.")
        moved = 0
        for number in move_facts.move(parse_date(options["before"])):
            moved += number
            self.stdout.write(f"Moved {moved} views.")
        self.stdout.write(f"All views before {options['before']} are on the cluster; {moved} were moved now.")
