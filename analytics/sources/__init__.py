"""Readers of what others wrote: logs and tables. Pure: no database, no settings, no clock."""
