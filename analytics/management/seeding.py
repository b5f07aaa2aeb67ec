"""The common part of the commands that generate sample data."""

import uuid
from datetime import date, datetime

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from analytics.ingest.flow import write
from analytics.management.terminal import PlainErrors
from analytics.sources import sample_activity
from analytics.sources.messages.deliveries import Delivery
from analytics.sources.messages.timestamps import as_microseconds
from analytics.sources.sample_data import SampleData
from analytics.warehouse.flow import seed
from analytics.warehouse.flow.seed import SampleSpec

MAX_BLOGS = 1_000_000
"""The most blogs, and the most authors: they are held in memory."""
FIRST_YEAR, LAST_YEAR = 1971, 2199
"""Views lie in these years; their blogs are a little older."""
EARLIEST = date(FIRST_YEAR, 1, 1)


def seed_with_progress(command: BaseCommand, spec: SampleSpec) -> None:
    """Add the sample data that `spec` asks for, show progress on a terminal, and print a summary."""
    _require_possible(spec)
    with tqdm(
        total=spec.views, unit="view", unit_scale=True, file=PlainErrors(command.stderr), disable=None, leave=False
    ) as bar:
        seed.seed(spec, bar.update)
    command.stdout.write(
        f"Added {spec.views:,} views of {spec.blogs:,} blogs by {spec.authors:,} authors over {spec.days} days "
        f"up to {spec.until} (seed {spec.seed}). Next: precalculate_stats."
    )


def seed_activity(command: BaseCommand, spec: SampleSpec, activity: tuple[int, int], now: datetime) -> None:
    """Add so many events and page visits of the sample blogs, up to now. Print a summary. A visit is a view, too."""
    events, visits = activity
    blogs = SampleData(spec).blogs
    delivery = Delivery(
        uuid.uuid4().bytes,
        sample_activity.NO_APPLICATION,
        as_microseconds(now),
        events=sample_activity.events(events, blogs, now, spec.days),
        visits=sample_activity.visits(visits, blogs, now),
    )
    write.store(delivery)
    command.stdout.write(f"Added {events:,} events, and {visits:,} page visits of the last day, which are views, too.")


def _require_possible(spec: SampleSpec) -> None:
    if max(spec.blogs, spec.authors) > MAX_BLOGS:
        raise CommandError(f"--blogs and --authors: at most {MAX_BLOGS:,} each.", returncode=2)
    if not FIRST_YEAR <= spec.until.year <= LAST_YEAR or spec.days > (spec.until - EARLIEST).days:
        raise CommandError(f"The days must lie in the years {FIRST_YEAR} to {LAST_YEAR}.", returncode=2)
