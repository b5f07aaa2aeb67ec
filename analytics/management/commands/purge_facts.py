"""`purge_facts`: delete old facts, keep their counts."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from analytics.datasets import EVENTS, VIEWS
from analytics.management.arguments import add_confirmation, exit_75_when_locked, parse_date
from analytics.management.base import ServiceCommand
from analytics.management.terminal import PlainErrors, require_confirmation
from analytics.warehouse.flow import purge


class Command(ServiceCommand):
    help = "Delete the raw facts before a day. Their days stay counted; late facts are added to them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--before", type=parse_date, required=True, metavar="D", help="this day itself is kept")
        parser.add_argument("--events", action="store_true", help="events, rather than blog views")

        add_confirmation(parser)

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        dataset = EVENTS if options["events"] else VIEWS
        days = purge.days_with_facts(parse_date(options["before"]), dataset)
        if options["dry_run"]:
            try:
                count = purge.preview(days, dataset)
            except purge.StaleDays as error:
                raise CommandError(str(error)) from error
            self.stdout.write(f"DRY-RUN: Would drop {count} facts of {len(days)} days before {options['before']}.")
            return
        if not days:
            self.stdout.write(f"There are no facts before {options['before']}.")
            return
        require_confirmation(self, f"This deletes the raw facts of {len(days)} days for good.", options)
        dropped = 0
        try:
            with tqdm(total=len(days), unit="day", file=PlainErrors(self.stderr), disable=None, leave=False) as bar:
                for frozen, facts in purge.purge(days, dataset):
                    dropped += facts
                    bar.update(frozen)
        except purge.StaleDays as error:
            raise CommandError(f"Dropped {dropped} facts, then stopped: {error}") from error
        self.stdout.write(
            f"Dropped {dropped} facts of {len(days)} days before {options['before']}; their days are frozen."
        )
