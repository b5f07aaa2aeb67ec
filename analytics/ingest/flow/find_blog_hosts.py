"""Find the hosts of the blogs that views belong to."""

from collections.abc import Sequence

from analytics.live.store import site_owners
from analytics.sources.messages.deliveries import QueuedBlogView
from analytics.warehouse.store import dimensions


def blog_hosts(views: Sequence[QueuedBlogView]) -> list[str | None]:
    """Return the host of each view's blog, in order: empty for a blog without a URL, None for an unknown blog, unless
    its site has an owner, so that it becomes a blog."""
    urls = dimensions.urls({view.blog for view in views if view.blog})
    urls_there = set(dimensions.blogs({view.url for view in views if view.url}))
    if unknown := {view.url for view in views if view.url} - urls_there:
        owned = site_owners.owners({_host(url) for url in unknown})
        urls_there |= {url for url in unknown if _host(url) in owned}
    found = (view.url if view.url in urls_there else urls.get(view.blog) for view in views)
    return [None if url is None else _host(url) for url in found]


def _host(url: str) -> str:
    return url.partition("/")[0]
