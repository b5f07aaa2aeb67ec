"""`seed_data`: add sample views, events and visits."""

from argparse import ArgumentParser
from typing import Any

from analytics import clock
from analytics.management.arguments import parse_date, parse_positive
from analytics.management.base import ServiceCommand
from analytics.management.seeding import seed_activity, seed_with_progress
from analytics.warehouse.flow import seed
from analytics.warehouse.flow.seed import SampleSpec


class Command(ServiceCommand):
    help = (
        "Add sample blogs and views, the same for the same arguments. If there are views already, add none "
        "unless --more is given."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--views", type=parse_positive, default=10_000, metavar="N")
        parser.add_argument("--days", type=parse_positive, default=365, metavar="D")
        parser.add_argument("--blogs", type=parse_positive, default=200, metavar="B")
        parser.add_argument("--authors", type=parse_positive, default=20, metavar="A")
        parser.add_argument("--seed", type=parse_positive, default=1, metavar="S", help="the random seed")
        parser.add_argument(
            "--until", type=parse_date, metavar="DATE", help="the last day, as a whole (default: today)"
        )
        parser.add_argument("--events", type=parse_positive, default=0, metavar="N", help="add events as well")
        parser.add_argument("--visits", type=parse_positive, default=0, metavar="N", help="add page visits as well")
        parser.add_argument("--more", action="store_true", help="add to the existing views")

    def handle(self, **options: Any) -> None:
        if seed.any_views() and not options["more"]:
            self.stdout.write("There are views already: nothing added. Use --more to add to them.")
            return
        until = options["until"] or clock.today()
        spec = SampleSpec(**{name: options[name] for name in SampleSpec._fields[:-1]}, until=until)
        seed_with_progress(self, spec)
        if options["events"] or options["visits"]:
            seed_activity(self, spec, (options["events"], options["visits"]), clock.now())
