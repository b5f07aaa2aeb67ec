from argparse import ArgumentParser
from datetime import UTC, datetime

from django.core.management.base import BaseCommand

from analytics.flow import erase, roll_up
from analytics.management.arguments import an_address, locked_is_exit_75


class Command(BaseCommand):
    help = "Deletes a person's facts and rolls up the days that this changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        who = parser.add_mutually_exclusive_group(required=True)
        who.add_argument("--viewer", metavar="U", help="the views of this signed-in user")
        who.add_argument("--ip", type=an_address, metavar="A", help="the views from exactly this address")

    @locked_is_exit_75
    def handle(self, **options) -> None:
        roll_up.must_be_watched()
        if options["viewer"] is not None:
            gone = erase.erase_viewer(options["viewer"])
        else:
            gone = erase.erase_address(options["ip"])
        self.stdout.write(f"Erased {gone} views.")
        days = roll_up.stale_days()
        for _ in roll_up.roll_up(days, datetime.now(UTC)):
            pass
        self.stdout.write(f"Rolled up {len(days)} days.")
