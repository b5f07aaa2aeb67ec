"""The words of questions: what each dataset counts, and what its fields follow from."""

from collections.abc import Iterator

from analytics.datasets import EVENTS, VIEWS
from tally.where import Field, In, Where, leaves

DATASETS_BY_NAME = {dataset.name: dataset for dataset in (VIEWS, EVENTS)}
OF_KIND = (Field.CATEGORY, Field.NAME)
OF_MEMBER = (Field.BLOG, Field.AUTHOR, Field.SITE, Field.SESSION)
"""What follows from the member of a fact. It is looked up when the question is asked."""
MEMBERS = {VIEWS: Field.BLOG, EVENTS: Field.SESSION}
METRICS = {VIEWS: ("views", "blogs"), EVENTS: ("events", "sessions")}
"""Of each dataset the metrics for the number of facts and for the number of distinct members."""
VISITORS = "visitors"


def named_leaves(where: Where) -> Iterator[In]:
    return (leaf for leaf in leaves(where) if isinstance(leaf, In))
