import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics import metrics
from analytics.flow import roll_up
from analytics.flow.roll_up import Rolled
from analytics.management.arguments import a_date, at_least_one, locked_is_exit_75, span_of
from tally.span import Span

DONE = ("Created {0.created} new summaries, updated {0.updated} existing summaries", ", removed {0.removed}")
DRY_RUN = (
    "DRY-RUN: Would create {0.created} new summaries, update {0.updated} existing summaries",
    ", remove {0.removed}",
)


class Command(BaseCommand):
    help = "Rolls up the days whose facts have changed into daily summaries, and the weeks, months and years above."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=at_least_one, metavar="N", help="only the last N days, today included")
        parser.add_argument("--from", type=a_date, dest="first", metavar="D", help="only from this day on")
        parser.add_argument("--to", type=a_date, dest="last", metavar="D", help="only up to this day, included")
        parser.add_argument(
            "--rebuild",
            "--force",
            action="store_true",
            dest="rebuild",
            help="every day in the range, stale or not; what was purged stays counted",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and touch nothing")
        parser.add_argument(
            "--max-seconds", type=at_least_one, metavar="N", help="stop after this time; run again to go on"
        )

    @locked_is_exit_75
    def handle(self, **options) -> None:
        started, now = time.monotonic(), datetime.now(UTC)
        self.stdout.write("Starting pre-calculation...")
        roll_up.must_be_watched()
        span = _span(options, now.date())
        days = roll_up.everything(span) if options["rebuild"] else roll_up.stale_days(span)
        self.stdout.write(f"  Range: {_range(options, days, now.date())}")
        empty = roll_up.is_empty()
        if options["rebuild"] and not options["dry_run"]:
            roll_up.make_stale(days)
        steps = roll_up.rehearse(days) if options["dry_run"] else roll_up.roll_up(days, now)
        rolled = self._run(steps, len(days), started + (options["max_seconds"] or float("inf")))
        if empty and not rolled.views:  # marks may be left over all the same, of facts that are gone
            self.stdout.write("No data found.")
        else:
            self._report(rolled, dry_run=options["dry_run"], left=len(days) - rolled.days)
        if not options["dry_run"]:
            metrics.timing("precalc.duration_ms", (time.monotonic() - started) * 1000)
            metrics.count("precalc.created", rolled.created)
            metrics.count("precalc.updated", rolled.updated)

    def _run(self, steps: Iterable[Rolled], days: int, deadline: float) -> Rolled:
        rolled = Rolled()
        with tqdm(total=days, unit="day", file=self.stderr, disable=None, leave=False) as bar:
            for step in _until(deadline, steps):
                rolled += step
                bar.update(step.days)
        return rolled

    def _report(self, rolled: Rolled, *, dry_run: bool, left: int) -> None:
        said = DRY_RUN if dry_run else DONE
        self.stdout.write(said[0].format(rolled) + (said[1].format(rolled) if rolled.removed else ""))
        if left:
            self.stdout.write(f"Stopped by --max-seconds with {left} days still stale; run again to go on.")


def _until(deadline: float, steps: Iterable[Rolled]) -> Iterator[Rolled]:
    for step in steps:
        yield step
        if time.monotonic() >= deadline:
            return


def _span(options: dict, today: date) -> Span:
    if options["days"] is None:
        return span_of(options["first"], options["last"])
    if options["first"] or options["last"]:
        raise CommandError("--days and --from/--to exclude each other.", returncode=2)
    try:
        return Span.last(at_least_one(options["days"]), today)
    except ArgumentTypeError as error:
        raise CommandError(f"--days: {error}", returncode=2) from error


def _range(options: dict, days: list[date], today: date) -> str:
    if options["days"]:
        return f"last {options['days']} days"
    first = options["first"] or (days[0] if days else today)
    return f"{first} to {options['last'] or 'today'}"
