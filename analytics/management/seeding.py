"""The common part of the commands that generate sample views."""

from django.core.management.base import BaseCommand
from tqdm import tqdm

from analytics.warehouse.flow import seed
from analytics.warehouse.flow.seed import SampleSpec


def seed_with_progress(command: BaseCommand, spec: SampleSpec) -> None:
    """Add the sample data that `spec` asks for, show progress on a terminal, and print a summary."""
    with tqdm(total=spec.views, unit="view", unit_scale=True, file=command.stderr, disable=None, leave=False) as bar:
        seed.seed(spec, bar.update)
    command.stdout.write(
        f"Added {spec.views:,} views of {spec.blogs:,} blogs by {spec.authors:,} authors over {spec.days} days "
        f"up to {spec.until} (seed {spec.seed}). Next: precalculate_stats."
    )
