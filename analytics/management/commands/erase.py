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
)
from analytics.management.base import ServiceCommand
from analytics.management.terminal import require_confirmation
from analytics.sources.lookups.ip_addresses import AddressPolicy
from analytics.warehouse.flow import roll_up

NO_VIEWS = "A view knows no session: none was touched."
"""Said where no view names the session's visitor, as none does without IDEEZA_VISITORS."""


class Command(ServiceCommand):
    help = "Delete a person's facts and roll up the days that change."

    def add_arguments(self, parser: ArgumentParser) -> None:
        person = parser.add_mutually_exclusive_group(required=True)
        person.add_argument(
            "--viewer",
            metavar="U",
            help="the views of this signed-in user, and the views and visits sent under this name",
        )
        person.add_argument("--session", metavar="S", help="the events, error records and page views of this session")
        person.add_argument(
            "--ip", type=parse_address, metavar="A", help="the views and visits from exactly this address"
        )

        add_confirmation(parser)

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        if options["dry_run"]:
            self.stdout.write("DRY-RUN: this is what would be done; nothing is changed.")
            with database.rolled_back():
                self._erase(**options)
        else:
            require_confirmation(self, "This deletes data for good.", options)
            self._erase(**options)

    def _erase(self, **options: Any) -> None:
        roll_up.require_triggers()
        if options["session"] is not None:
            self._erase_session(options["session"], options["dry_run"])
        elif options["viewer"] is not None:
            name = options["viewer"]
            self._cover_waiting(erase.person_of_viewer(name), options["dry_run"])
            self._report_views(erase.erase_viewer(name))
        else:
            address = parse_address(options["ip"])
            self._explain_addresses()
            self._cover_waiting(erase.person_at_address(address), options["dry_run"])
            self._report_views(erase.erase_address(address))

    def _cover_waiting(self, person: erase.Person, dry_run: bool) -> None:
        """Write the tombstones, unless nothing is to be changed, and say what they are for."""
        if not dry_run:
            erase.write_tombstones(person, clock.now())
        waiting = erase.waiting_deliveries()
        if waiting is None:
            self.stderr.write("Redis does not answer. What waits in the inbox goes by the time of its receipt.")
        elif waiting:
            self.stdout.write(
                f"{waiting} requests wait in the inbox: what they hold of this person will not be stored."
            )

    def _report_views(self, result: erase.ErasureResult) -> None:
        self.stdout.write(f"Erased {result.views} views.")
        self._report_visits(result)
        self._roll_up(VIEWS)

    def _report_visits(self, result: erase.ErasureResult) -> None:
        if result.visits:
            self.stdout.write(f"Erased {result.visits} visits.")
        if result.letters:
            self.stdout.write(f"Removed it from {result.letters} dead letters.")

    def _explain_addresses(self) -> None:
        policy = AddressPolicy(conf.kept_of_addresses())
        if policy is not AddressPolicy.KEEP:
            self.stderr.write(
                f"Addresses are not stored whole (IDEEZA_ADDRESSES={policy}). This one matches what was stored whole "
                "before, or, if it is a truncated one, all that was truncated to it."
            )

    def _erase_session(self, name: str, dry_run: bool) -> None:
        self._cover_waiting(erase.person_of_session(name), dry_run)
        result = erase.erase_session(name)
        views = f"Erased {result.views} views of its visitor." if result.views else NO_VIEWS
        self.stdout.write(f"Erased {result.events} events and {result.errors} error records. {views}")
        self._report_visits(result)
        self._roll_up(EVENTS)
        if result.views:
            self._roll_up(VIEWS)
        if not erase.delete_session(name):
            raise CommandError("Events of this session have arrived meanwhile. Run this again when no more come.")
        self.stdout.write("Nothing names the session any more.")

    def _roll_up(self, dataset: Dataset) -> None:
        days = roll_up.pending_days(dataset=dataset)
        for _ in roll_up.roll_up(days, clock.now(), dataset):
            pass
        self.stdout.write(f"Rolled up {len(days)} days.")
