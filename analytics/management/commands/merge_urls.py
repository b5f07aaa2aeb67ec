"""`merge_urls`: give what is stored one spelling of its URLs."""

from argparse import ArgumentParser
from typing import Any

from analytics.ingest.flow.merge_urls import MergeReport, merge_urls
from analytics.management.arguments import exit_75_when_locked
from analytics.management.base import ServiceCommand

MAX_EXAMPLES = 20


class Command(ServiceCommand):
    help = (
        "Give blogs, sites, pages and domains the one spelling of their URL, and merge those that differ by spelling "
        "only, with their views, visits and snapshots. Run it once after an upgrade, then precalculate_stats."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--dry-run", action="store_true", help="change nothing, say what would be changed")

    @exit_75_when_locked
    def handle(self, *, dry_run: bool, **options: Any) -> None:
        report = merge_urls(dry_run=dry_run)
        if dry_run:
            self.stdout.write("DRY-RUN: Nothing is changed. Otherwise:")
        for verb, counted in (("Renamed", report.renamed), ("Merged", report.merged)):
            counts = [f"{count:,} {noun}{'s' * (count != 1)}" for noun, count in counted.items() if count]
            if counts:
                self.stdout.write(f"{verb} {', '.join(counts)}.")
        self._say_details(report)

    def _say_details(self, report: MergeReport) -> None:
        if not (report.renamed.total() or report.merged.total()):
            self.stdout.write("Everything has its one spelling.")
        if report.views:
            self.stdout.write(f"Moved {report.views:,} views, whose days are stale now. Next: precalculate_stats.")
        if report.inexact_snapshots:
            self.stdout.write(
                f"{report.inexact_snapshots:,} of {report.snapshots:,} snapshots add the visitors of several "
                "spellings: who was on several counts repeatedly there."
            )
        if report.merged["page"] or report.merged["site"]:
            self.stdout.write("The hourly baselines of these sites are learned again.")
        for text in report.unreadable[:MAX_EXAMPLES]:
            self.stdout.write(f"Left as it is: {text}")
        if (more := len(report.unreadable) - MAX_EXAMPLES) > 0:
            self.stdout.write(f"Left as they are: {more:,} more")
