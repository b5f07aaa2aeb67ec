"""The common part of the commands that generate sample views."""

from django.core.management.base import BaseCommand
from tqdm import tqdm

from analytics.warehouse.flow import seed
from analytics.warehouse.flow.seed import SampleSpec


def run(command: BaseCommand, wish: SampleSpec) -> None:
    """Add the sample data that `wish` asks for, show progress on a terminal, and print a summary."""
    with tqdm(total=wish.views, unit="view", unit_scale=True, file=command.stderr, disable=None, leave=False) as bar:
        seed.seed(wish, bar.update)
    command.stdout.write(
        f"Added {wish.views:,} views of {wish.blogs:,} blogs by {wish.authors:,} authors over {wish.days} days "
        f"up to {wish.until} (seed {wish.seed}). Next: precalculate_stats."
    )
