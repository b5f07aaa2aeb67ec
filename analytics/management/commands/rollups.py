"""`rollups`: list the roll-ups, and say what another one would cost."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from analytics import clock
from analytics.datasets import DATASETS, VIEWS
from analytics.management.arguments import exit_75_when_locked
from analytics.management.base import EXIT_USAGE, ServiceCommand
from analytics.warehouse.flow import declare_roll_ups
from analytics.warehouse.flow.list_roll_ups import ListedRollUp, estimated, listed
from tally.roll_ups import UTC, BadRollUp, Declared, parse_dimensions
from tally.span import CALENDAR_START

MEGABYTE = 1_000_000


class Command(ServiceCommand):
    help = "List the roll-ups, each with its size and the day from which it is complete."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--estimate",
            metavar="DIMENSIONS",
            help="say what another roll-up of views would cost, as country+device, from the last days with views",
        )

        parser.add_argument(
            "--drop",
            metavar="DIMENSIONS",
            help="drop a roll-up of views that is no longer declared",
        )
        parser.add_argument("--zone", default=UTC, help="of the roll-up to drop (UTC)")

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        if options["estimate"]:
            self._estimate(options["estimate"])
            return
        if options["drop"]:
            self._drop(options["drop"], options["zone"])
            return
        for dataset in DATASETS:
            self.stdout.write(f"{dataset.name}:")
            found = listed(dataset)
            for each in found:
                self.stdout.write("  " + _sentence(each))
            if not found:
                self.stdout.write("  none yet: run manage.py precalculate_stats")

    def _drop(self, text: str, zone: str) -> None:
        unwanted = Declared(_dimensions("--drop", text), zone)
        if unwanted in declare_roll_ups.declared(VIEWS):
            raise CommandError(
                f"{unwanted.name} in {zone} is declared; take it out of IDEEZA_ROLLUPS or IDEEZA_TIME_ZONES first.",
                returncode=EXIT_USAGE,
            )
        if not declare_roll_ups.drop(VIEWS, unwanted):
            raise CommandError(f"There is no {unwanted.name} in {zone}.", returncode=EXIT_USAGE)
        self.stdout.write(f"Dropped {unwanted.name} in {zone}.")

    def _estimate(self, text: str) -> None:
        dimensions = _dimensions("--estimate", text)
        cost = estimated(VIEWS, dimensions, clock.now())
        if cost is None:
            raise CommandError("There are no views to estimate from.")
        self.stdout.write(
            f"{'+'.join(dimensions)} in one zone: about {cost.bytes / MEGABYTE:.1f} MB, {cost.share:.0%} of the total "
            f"without dimensions, by {cost.days} days with {cost.facts} views and {cost.groups} groups."
        )


def _dimensions(option: str, text: str) -> tuple[str, ...]:
    try:
        return parse_dimensions(text, VIEWS.dimensions)
    except BadRollUp as error:
        raise CommandError(f"{option}: {error}.", returncode=EXIT_USAGE) from error


def _sentence(each: ListedRollUp) -> str:
    since = "complete" if each.roll_up.complete_from == CALENDAR_START else f"from {each.roll_up.complete_from} on"
    if each.roll_up.filling:
        since = "not filled yet" if each.roll_up.is_empty else f"filling, {since}"
    if each.undeclared:
        since += ", no longer declared"
    size = f"{each.rows} rows, {each.days} days, {each.bytes / MEGABYTE:.1f} MB"
    return f"{each.roll_up.declared.name} in {each.roll_up.zone}: {size}, {since}"
