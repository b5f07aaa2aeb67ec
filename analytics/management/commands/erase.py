"""`erase`: delete a person's data."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from analytics import clock, conf, database
from analytics.datasets import EVENTS, VIEWS, Dataset
from analytics.ingest.flow import erase
from analytics.management.arguments import (
    add_confirmation,
    exit_75_when_locked,
    parse_address,
    require_confirmation,
)
from analytics.management.base import ServiceCommand
from analytics.sources.lookups.ip_addresses import AddressPolicy
from analytics.warehouse.flow import roll_up


class Command(ServiceCommand):
    help = "Delete a person's facts and roll up the days that change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        person = parser.add_mutually_exclusive_group(required=True)
        person.add_argument(
            "--viewer", metavar="U", help="the views of this signed-in user, and the visits sent under this name"
        )
        person.add_argument("--session", metavar="S", help="the events and error records of this session")
        person.add_argument(
            "--ip", type=parse_address, metavar="A", help="the views and visits from exactly this address"
        )

        add_confirmation(parser)

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        if options["dry_run"]:
            with database.rolled_back():
                self.stdout.write("DRY-RUN: this is what would be done; nothing is changed.")
                self._erase(**options)
        else:
            require_confirmation(self, "This deletes data for good.", options)
            self._erase(**options)

    def _erase(self, **options: Any) -> None:
        roll_up.require_triggers()
        if options["session"] is not None:
            self._erase_session(options["session"])
        elif options["viewer"] is not None:
            name = options["viewer"]
            self._report_views(erase.erase_viewer(name), erase.erase_visits_of_visitor(name))
        else:
            address = options["ip"]
            self._explain_addresses()
            self._report_views(erase.erase_address(address), erase.erase_visits_from_address(address))

    def _report_views(self, views: int, visits: int) -> None:
        self.stdout.write(f"Erased {views} views.")
        if visits:
            self.stdout.write(f"Erased {visits} visits.")
        self._roll_up(VIEWS)

    def _explain_addresses(self) -> None:
        policy = AddressPolicy(conf.kept_of_addresses())
        if policy is not AddressPolicy.KEEP:
            self.stderr.write(
                f"Addresses are not stored whole (IDEEZA_ADDRESSES={policy}). This one matches what was stored whole "
                "before, or, if it is a truncated one, all that was truncated to it."
            )

    def _erase_session(self, name: str) -> None:
        result = erase.erase_session(name)
        self.stdout.write(
            f"Erased {result.events} events and {result.errors} error records. "
            "A view knows no session: none was touched."
        )
        if result.visits:
            self.stdout.write(f"Erased {result.visits} visits.")
        if result.letters:
            self.stdout.write(f"Removed it from {result.letters} dead letters.")
        self._roll_up(EVENTS)
        if waiting := erase.waiting_deliveries():
            raise CommandError(
                f"{waiting} requests wait in the inbox and may hold this session. "
                "Run this again when collect has stored them."
            )
        if not erase.delete_session(name):
            raise CommandError("Events of this session have arrived meanwhile. Run this again when no more come.")
        self.stdout.write("Nothing names the session any more.")

    def _roll_up(self, dataset: Dataset) -> None:
        days = roll_up.pending_days(dataset=dataset)
        for _ in roll_up.roll_up(days, clock.now(), dataset):
            pass
        self.stdout.write(f"Rolled up {len(days)} days.")
