"""The condition under which a reader may see blog views."""

from collections.abc import Collection

from analytics.access.api.readers import Reader
from analytics.warehouse.api import view_filters
from tally.where import EVERYTHING, NOTHING, Field, In, Where, conjunction


def condition_of(reader: Reader) -> Where:
    """Return what a view must satisfy for a reader to see it counted: its blog is of one of the reader's sites, and it
    matches the filters of the link that the reader came by."""
    return conjunction(sites_condition(reader.sites.hosts), view_filters.condition(reader.filters))


def sites_condition(hosts: Collection[str] | None) -> Where:
    """Return the condition that a blog is of one of these sites; None is every site, and blogs without one."""
    if hosts is None:
        return EVERYTHING
    return In(Field.SITE, tuple(sorted(hosts))) if hosts else NOTHING
