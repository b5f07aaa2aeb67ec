import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics import clock, metrics
from analytics.datasets import DATASETS, EVENTS, VIEWS, Dataset
from analytics.management.arguments import a_date, at_least_one, locked_is_exit_75, span_of
from analytics.warehouse.flow import roll_up
from analytics.warehouse.flow.roll_up import RollUpResult
from tally.span import Span

DONE = ("Created {0.created} new summaries, updated {0.updated} existing summaries", ", removed {0.removed}")
DRY_RUN = ("Would create {0.created} new summaries, update {0.updated} existing summaries", ", remove {0.removed}")

Work = dict[Dataset, list[date]]
"""The days to roll up."""
Done = dict[Dataset, RollUpResult]


class Command(BaseCommand):
    help = "Roll up the days whose facts have changed into daily summaries, and the weeks, months and years above."

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
        started, now = time.monotonic(), clock.now()
        self.stdout.write("Starting pre-calculation...")
        roll_up.require_triggers()
        work = _work(options, now.date())
        self.stdout.write(f"  Range: {_range(options, work, now.date())}")
        empty = roll_up.is_empty()
        done = self._run(_steps(work, options, now), work, started + (options["max_seconds"] or float("inf")))
        found = sum(rolled.facts for rolled in done.values())
        if empty and not found:  # stale marks of deleted facts may still be left
            self.stdout.write("No data found.")
        else:
            self._report(work, done, dry_run=options["dry_run"])
        if not options["dry_run"]:
            metrics.timing("precalc.duration_ms", (time.monotonic() - started) * 1000)
            _count(work, done)

    def _run(self, steps: Iterable[tuple[Dataset, RollUpResult]], work: Work, deadline: float) -> Done:
        done = {dataset: RollUpResult() for dataset in work}
        with tqdm(total=_size(work), unit="day", file=self.stderr, disable=None, leave=False) as bar:
            for dataset, step in _until(deadline, steps):
                done[dataset] += step
                bar.update(step.days)
        return done

    def _report(self, work: Work, done: Done, *, dry_run: bool) -> None:
        start, said = ("DRY-RUN: ", DRY_RUN) if dry_run else ("", DONE)
        views, events = ("".join(said[: 1 + bool(rolled.removed)]).format(rolled) for rolled in done.values())
        self.stdout.write(start + views)
        if work[EVENTS]:
            self.stdout.write(f"{start}Events: {events[0].lower()}{events[1:]} ({done[EVENTS].days} days)")
        if left := _size(work) - sum(rolled.days for rolled in done.values()):
            self.stdout.write(f"Stopped by --max-seconds with {left} days still stale; run again to go on.")


def _work(options: dict, today: date) -> Work:
    span = _span(options, today)
    choose = roll_up.all_days if options["rebuild"] else roll_up.pending_days
    return {dataset: choose(span, dataset) for dataset in DATASETS}


def _size(work: Work) -> int:
    return sum(map(len, work.values()))


def _steps(work: Work, options: dict, now: datetime) -> Iterator[tuple[Dataset, RollUpResult]]:
    """Yield the results of the roll-ups of each dataset, one after the other."""
    if options["rebuild"] and not options["dry_run"]:
        for dataset, days in work.items():
            roll_up.make_stale(days, dataset)
    for dataset, days in work.items():
        steps = roll_up.preview(days, dataset) if options["dry_run"] else roll_up.roll_up(days, now, dataset)
        yield from ((dataset, step) for step in steps)


def _count(work: Work, done: Done) -> None:
    metrics.count("precalc.created", done[VIEWS].created)
    metrics.count("precalc.updated", done[VIEWS].updated)
    if work[EVENTS]:
        metrics.count("precalc.events.created", done[EVENTS].created)
        metrics.count("precalc.events.updated", done[EVENTS].updated)


def _until(deadline: float, steps: Iterable[tuple[Dataset, RollUpResult]]) -> Iterator[tuple[Dataset, RollUpResult]]:
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


def _range(options: dict, work: Work, today: date) -> str:
    if options["days"]:
        return f"last {options['days']} days"
    first = options["first"] or min((days[0] for days in work.values() if days), default=today)
    return f"{first} to {options['last'] or 'today'}"
