"""Create the tables of the facts on the cluster."""

from collections.abc import Iterator

from analytics.warehouse.store.facts import cluster_tables


def migrate() -> Iterator[str]:
    """Create what is missing, and yield what is done. After an interruption, call this again."""
    return cluster_tables.migrate()
