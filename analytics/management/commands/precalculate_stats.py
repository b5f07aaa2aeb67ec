"""`precalculate_stats`: roll up stale days."""

import time
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.core.management.base import CommandError
from django.db import DatabaseError, InterfaceError, close_old_connections
from tqdm import tqdm

from analytics import clock, metrics
from analytics.datasets import DATASETS, EVENTS, VIEWS, Dataset
from analytics.management.arguments import exit_75_when_locked, parse_date, parse_positive, parse_span
from analytics.management.base import ServiceCommand
from analytics.management.repetition import repeat_until_stopped
from analytics.management.terminal import PlainErrors
from analytics.warehouse.flow import declare_roll_ups, roll_up
from analytics.warehouse.flow.roll_up import RollUpResult
from tally.span import Span

DONE_TEXT = ("Created {0.created} new summaries, updated {0.updated} existing summaries", ", removed {0.removed}")
DRY_RUN_TEXT = ("Would create {0.created} new summaries, update {0.updated} existing summaries", ", remove {0.removed}")

Work = dict[Dataset, list[date]]
"""The days to roll up."""
Results = dict[Dataset, RollUpResult]


class Command(ServiceCommand):
    help = "Roll up the days whose facts have changed into daily summaries, and the weeks, months and years above."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--days", type=parse_positive, metavar="N", help="only the last N days, today included")
        parser.add_argument("--from", type=parse_date, dest="first", metavar="D", help="only from this day on")
        parser.add_argument("--to", type=parse_date, dest="last", metavar="D", help="only up to this day, included")
        parser.add_argument(
            "--rebuild",
            "--force",
            action="store_true",
            dest="rebuild",
            help="every day in the range, stale or not; what was purged stays counted",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done and touch nothing")
        parser.add_argument(
            "--max-seconds", type=parse_positive, metavar="N", help="stop after this time; run again to go on"
        )

        parser.add_argument(
            "--every", type=parse_positive, metavar="N", help="stay, and run every N seconds until SIGTERM or SIGINT"
        )

    def handle(self, **options: Any) -> None:
        if options["every"] is None:
            self._run_once(options)
        else:
            repeat_until_stopped(options["every"], lambda: self._attempt(options))

    def _attempt(self, options: dict[str, Any]) -> None:
        """Run once, and leave to the next run what another one is doing, or what failed."""
        try:
            self._run_once(options)
        except (CommandError, DatabaseError, InterfaceError) as error:
            self.stderr.write(f"{type(error).__name__}: {str(error).strip()}")
            close_old_connections()

    @exit_75_when_locked
    def _run_once(self, options: dict[str, Any]) -> None:
        started, now = time.monotonic(), clock.now()
        self.stdout.write("Starting pre-calculation...")
        roll_up.require_triggers()
        if not options["dry_run"]:
            self._drop_undeclared()
        work = _work_of(options, now.date())
        self.stdout.write(f"  Range: {_range_text(options, work, now.date())}")
        empty = roll_up.is_empty()
        results = self._run(_results(work, options, now), work, started + (options["max_seconds"] or float("inf")))
        facts = sum(rolled.facts for rolled in results.values())
        if empty and not facts:  # stale marks of deleted facts may still be left
            self.stdout.write("No data found.")
        else:
            self._report(work, results, dry_run=options["dry_run"])
        if not options["dry_run"]:
            self._fill(now, started + (options["max_seconds"] or float("inf")))
            metrics.timing("precalc.duration_ms", (time.monotonic() - started) * 1000)
            _send_metrics(work, results)

    def _run(self, steps: Iterable[tuple[Dataset, RollUpResult]], work: Work, deadline: float) -> Results:
        results = {dataset: RollUpResult() for dataset in work}
        with tqdm(total=_size(work), unit="day", file=PlainErrors(self.stderr), disable=None, leave=False) as bar:
            for dataset, step in _until_deadline(deadline, steps):
                results[dataset] += step
                bar.update(step.days)
        return results

    def _drop_undeclared(self) -> None:
        for dataset in DATASETS:
            for each in declare_roll_ups.drop_undeclared(dataset):
                self.stdout.write(
                    f"Kept {each.declared.name} in {each.zone}, which is no longer declared: it counts purged "
                    f"{dataset.name}. `rollups --drop` removes it for good."
                )

    def _fill(self, now: datetime, deadline: float) -> None:
        """Fill the roll-ups that were declared since facts were rolled up."""
        for dataset in DATASETS:
            total, filled = roll_up.days_to_fill(now, dataset), 0
            if not total:
                continue
            with tqdm(total=total, unit="day", file=PlainErrors(self.stderr), disable=None, leave=False) as bar:
                for step in roll_up.fill(now, dataset):
                    filled += step.days
                    bar.update(step.days)
                    if time.monotonic() >= deadline:
                        break
            self.stdout.write(f"Filled new roll-ups of {dataset.name} with {filled} of {total} days.")

    def _report(self, work: Work, results: Results, *, dry_run: bool) -> None:
        start, texts = ("DRY-RUN: ", DRY_RUN_TEXT) if dry_run else ("", DONE_TEXT)
        views, events = ("".join(texts[: 1 + bool(rolled.removed)]).format(rolled) for rolled in results.values())
        self.stdout.write(start + views)
        if work[EVENTS]:
            self.stdout.write(f"{start}Events: {events[0].lower()}{events[1:]} ({results[EVENTS].days} days)")
        if days_left := _size(work) - sum(rolled.days for rolled in results.values()):
            self.stdout.write(f"Stopped by --max-seconds with {days_left} days still stale; run again to go on.")


def _work_of(options: dict[str, Any], today: date) -> Work:
    span = _span(options, today)
    choose = roll_up.all_days if options["rebuild"] else roll_up.pending_days
    return {dataset: choose(span, dataset) for dataset in DATASETS}


def _size(work: Work) -> int:
    return sum(map(len, work.values()))


def _results(work: Work, options: dict[str, Any], now: datetime) -> Iterator[tuple[Dataset, RollUpResult]]:
    """Yield the results of the roll-ups of each dataset, one after the other."""
    if options["rebuild"] and not options["dry_run"]:
        for dataset, days in work.items():
            roll_up.make_stale(days, dataset)
    for dataset, days in work.items():
        steps = roll_up.preview(days, dataset) if options["dry_run"] else roll_up.roll_up(days, now, dataset)
        yield from ((dataset, step) for step in steps)


def _send_metrics(work: Work, results: Results) -> None:
    metrics.count("precalc.created", results[VIEWS].created)
    metrics.count("precalc.updated", results[VIEWS].updated)
    if work[EVENTS]:
        metrics.count("precalc.events.created", results[EVENTS].created)
        metrics.count("precalc.events.updated", results[EVENTS].updated)


def _until_deadline(
    deadline: float, steps: Iterable[tuple[Dataset, RollUpResult]]
) -> Iterator[tuple[Dataset, RollUpResult]]:
    for step in steps:
        yield step
        if time.monotonic() >= deadline:
            return


def _span(options: dict[str, Any], today: date) -> Span:
    if options["days"] is None:
        return parse_span(options["first"], options["last"])
    if options["first"] or options["last"]:
        raise CommandError("--days and --from/--to exclude each other.", returncode=2)
    try:
        return Span.last(parse_positive(options["days"]), today)
    except ArgumentTypeError as error:
        raise CommandError(f"--days: {error}", returncode=2) from error


def _range_text(options: dict[str, Any], work: Work, today: date) -> str:
    if options["days"]:
        return f"last {options['days']} days"
    first = options["first"] or min((days[0] for days in work.values() if days), default=today)
    return f"{first} to {options['last'] or 'today'}"
