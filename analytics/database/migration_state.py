"""Compare the database with the migrations of this version."""

from django.db import connection
from django.db.migrations.executor import MigrationExecutor


def count_missing_migrations() -> int:
    """Return the number of migrations that are not applied."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
