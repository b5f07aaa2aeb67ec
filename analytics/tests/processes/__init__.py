"""What holds between processes: runs, writers and readers at once, killed ones, a pooler, a Redis, a StatsD."""
