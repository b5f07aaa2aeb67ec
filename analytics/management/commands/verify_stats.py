"""`verify_stats`: compare the summaries with the facts."""

from argparse import ArgumentParser
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.core.management.base import CommandError
from tqdm import tqdm

from analytics.datasets import DATASETS, Dataset
from analytics.ingest.flow import verify_counts
from analytics.ingest.flow.verify_counts import WrongCount
from analytics.management.arguments import exit_75_when_locked, parse_date, parse_span
from analytics.management.base import ServiceCommand
from analytics.management.terminal import PlainErrors
from analytics.warehouse.flow import roll_up, verify
from analytics.warehouse.flow.verify import BucketCheck
from tally.roll_ups import UTC
from tally.span import EVER, Grain

EXIT_DIFFERENT = 3
MAX_SHOWN_COUNTS = 20


class Command(ServiceCommand):
    help = "Count the facts again and compare every summary with them; exit code 3 if one differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", type=parse_date, dest="first", metavar="D", help="only from this day on")
        parser.add_argument("--to", type=parse_date, dest="last", metavar="D", help="only up to this day, included")
        parser.add_argument("--repair", action="store_true", help="mark what differs stale, for precalculate_stats")

    @exit_75_when_locked
    def handle(self, **options: Any) -> None:
        span = parse_span(options["first"], options["last"])
        days = {dataset: roll_up.all_days(span, dataset) for dataset in DATASETS}
        count = len(set().union(*days.values()))
        if options["repair"] and (restored := verify.restore_triggers(days)):
            self.stdout.write(f"Restored {', '.join(restored)} and marked all {count} days stale.")
        checked = differing = 0
        for dataset, dataset_days in days.items():
            total, wrong = self._check(dataset, dataset_days)
            checked, differing = checked + total, differing + len(wrong)
            if wrong and options["repair"]:
                marked = len(verify.repair(wrong, dataset))
                self.stdout.write(f"Marked {marked} days stale; precalculate_stats will recount them.")
        counts = verify_counts.wrong_counts() if span == EVER else []
        self._report_counts(counts, repair=options["repair"])
        problems = [f"{differing} of {checked} buckets differ from the facts."] if differing else []
        problems += [f"{len(counts)} counts differ from what they count."] if counts else []
        if problems:
            raise CommandError(" ".join(problems), returncode=EXIT_DIFFERENT)
        self.stdout.write(f"All {checked} buckets over {count} days agree with the facts.")

    def _report_counts(self, wrong: Sequence[WrongCount], *, repair: bool) -> None:
        for each in wrong[:MAX_SHOWN_COUNTS]:
            self.stdout.write(f"count of {each.what} {each.id} differs: {each.counted} counted, {each.stored} stored")
        if len(wrong) > MAX_SHOWN_COUNTS:
            self.stdout.write(f"... and {len(wrong) - MAX_SHOWN_COUNTS} more counts")
        if wrong and repair:
            self.stdout.write(f"Corrected {verify_counts.repair_counts()} counts.")

    def _check(self, dataset: Dataset, days: list[date]) -> tuple[int, list[BucketCheck]]:
        """Return the number of buckets compared and the list of those that differ; each of those is also printed."""
        checked, differing = 0, []
        steps = verify.verify(days, dataset)
        for each in tqdm(steps, unit="bucket", file=PlainErrors(self.stderr), disable=None, leave=False):
            checked += 1
            if not each.same:
                differing.append(each)
                self.stdout.write(_sentence(each, dataset.name))
        return checked, differing


def _sentence(each: BucketCheck, facts: str) -> str:
    grain = each.bucket.grain
    name = "" if grain is Grain.DAY else f"{grain.name.lower()} of "
    zone = "" if each.zone == UTC else f" in {each.zone}"
    stale = " (stale: precalculate_stats will recount it)" if each.stale else ""
    numbers = f"{each.summarised} {facts} in summaries, {each.counted} in facts"
    return f"{name}{each.bucket.start}{zone} differs by {', '.join(each.differing)}: {numbers}{stale}"
