"""`generate_perf_data`: add a small fixed set of views."""

from argparse import ArgumentParser
from datetime import date
from typing import Any

from analytics.management.arguments import parse_positive
from analytics.management.base import ServiceCommand
from analytics.management.seeding import seed_with_progress
from analytics.warehouse.flow.seed import SampleSpec

DAYS, AUTHORS, SEED, UNTIL = 30, 10, 2024, date(2024, 6, 30)


class Command(ServiceCommand):
    help = f"Add a small fixed set of views for measurements, in the {DAYS} days up to {UNTIL}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--blogs", type=parse_positive, default=100, metavar="B")
        parser.add_argument("--views", type=parse_positive, default=5_000, metavar="N", help="added at each run")

    def handle(self, *, blogs: int, views: int, **_: Any) -> None:
        seed_with_progress(self, SampleSpec(views, DAYS, blogs, AUTHORS, SEED, UNTIL))
