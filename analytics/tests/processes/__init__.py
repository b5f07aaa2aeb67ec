"""Tests that start processes: concurrent runs, writers and readers, killed runs, a pooler, Redis, StatsD."""
