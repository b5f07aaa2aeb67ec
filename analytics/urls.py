"""The URLs of the API. Each works with and without the trailing slash; reversing gives the one with it."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from analytics.health import metrics
from analytics.health import views as health
from analytics.ingest.api import blog_views, events, eye_dialect
from analytics.warehouse.api import notes, views


class Counted(StringConverter):
    """A path converter for the field by which events are counted."""

    regex = "session|category|name"


register_converter(Counted, "counted")


def both(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Return a route with and without the trailing slash. A route without a name is another spelling of a documented
    one."""
    return [path(route, view), path(f"{route}/", view, name=name)]


urlpatterns = [
    # The busiest first: each pattern that is tried before the right one costs more than a microsecond.
    *both("eye", eye_dialect.Eye.as_view(), "eye"),
    *both("events", events.EventList.as_view(), "event-list"),
    *both("api/analytics/blog-views/<str:object_type>", views.GroupedView.as_view(), "grouped-analytics"),
    *both("api/analytics/top/<str:top_type>", views.TopView.as_view(), "top-analytics"),
    *both("api/analytics/performance", views.PerformanceView.as_view(), "performance-analytics"),
    *both("api/analytics/events", views.EventsView.as_view(), "events-analytics"),
    *both("api/analytics/query", views.QueryView.as_view(), "query"),
    *both("api/analytics/views", blog_views.BlogViewList.as_view(), "send-views"),
    *both("api/analytics/notes", notes.NoteList.as_view(), "notes"),
    *both("api/analytics/notes/<int:id>", notes.NoteDetail.as_view(), "note"),
    *both("events/<int:id>", events.EventDetail.as_view(), "event-detail"),
    *both("events/errors", events.ErrorList.as_view(), "event-errors"),
    *both("report", eye_dialect.Report.as_view(), "report"),
    *both("report/all", eye_dialect.ReportAll.as_view(), "report-all"),
    *both("<counted:by>/count", eye_dialect.EventCounts.as_view(), "counts"),
    *both("report/<counted:by>/count", eye_dialect.EventCounts.as_view(), ""),
    *both("count/<counted:by>", eye_dialect.EventCounts.as_view(), ""),
    *both("healthz", health.alive, "healthz"),
    *both("readyz", health.ready, "readyz"),
    *both("metrics", metrics.scrape, "metrics"),
]
