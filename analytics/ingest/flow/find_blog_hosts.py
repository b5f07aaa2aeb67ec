"""Find the hosts of the blogs that views belong to."""

from collections.abc import Sequence

from analytics.sources.messages.deliveries import QueuedBlogView
from analytics.warehouse.store import dimensions


def blog_hosts(views: Sequence[QueuedBlogView]) -> list[str | None]:
    """Return the host of each view's blog, in order: empty for a blog without a URL, None for an unknown blog."""
    urls = dimensions.urls({view.blog for view in views if view.blog})
    urls_there = dimensions.blogs({view.url for view in views if view.url})
    found = (view.url if view.url in urls_there else urls.get(view.blog) for view in views)
    return [None if url is None else url.partition("/")[0] for url in found]
