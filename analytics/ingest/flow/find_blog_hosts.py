"""Which blogs views are of."""

from collections.abc import Sequence

from analytics.sources.messages.deliveries import NewBlogView
from analytics.warehouse.store import dimensions


def hosts(views: Sequence[NewBlogView]) -> list[str | None]:
    """The host of the blog of each view: empty for a blog without a url, None where there is no such blog."""
    urls = dimensions.urls({view.blog for view in views if view.blog})
    urls_there = dimensions.blogs({view.url for view in views if view.url})
    found = (view.url if view.url in urls_there else urls.get(view.blog) for view in views)
    return [None if url is None else url.partition("/")[0] for url in found]
