"""Every URL works with and without the trailing slash; reversing gives it with."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path, register_converter
from django.urls.converters import StringConverter

from analytics.api import collecting, dialect, eye, health, views


class Counted(StringConverter):
    """What events are counted by."""

    regex = "session|category|name"


register_converter(Counted, "counted")


def both(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    """Without a name it is another spelling of one that is documented."""
    return [path(route, view), path(f"{route}/", view, name=name)]


urlpatterns = [
    # The busiest first: each pattern that is tried before costs more than a microsecond.
    *both("eye", dialect.Eye.as_view(), "eye"),
    *both("events", eye.EventList.as_view(), "event-list"),
    *both("api/analytics/blog-views/<str:object_type>", views.GroupedView.as_view(), "grouped-analytics"),
    *both("api/analytics/top/<str:top_type>", views.TopView.as_view(), "top-analytics"),
    *both("api/analytics/performance", views.PerformanceView.as_view(), "performance-analytics"),
    *both("api/analytics/events", views.EventsView.as_view(), "events-analytics"),
    *both("api/analytics/views", collecting.Views.as_view(), "send-views"),
    *both("events/<int:id>", eye.EventDetail.as_view(), "event-detail"),
    *both("events/errors", eye.ErrorList.as_view(), "event-errors"),
    *both("report", dialect.Report.as_view(), "report"),
    *both("report/all", dialect.ReportAll.as_view(), "report-all"),
    *both("<counted:by>/count", dialect.Counts.as_view(), "counts"),
    *both("report/<counted:by>/count", dialect.Counts.as_view(), ""),
    *both("count/<counted:by>", dialect.Counts.as_view(), ""),
    *both("healthz", health.alive, "healthz"),
    *both("readyz", health.ready, "readyz"),
]
