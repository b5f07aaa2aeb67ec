"""Every URL works with and without the trailing slash; reversing gives it with."""

from collections.abc import Callable

from django.http import HttpResponseBase
from django.urls import URLPattern, path

from analytics.api import health, views


def both(route: str, view: Callable[..., HttpResponseBase], name: str) -> list[URLPattern]:
    return [path(route, view), path(f"{route}/", view, name=name)]


urlpatterns = [
    *both("api/analytics/blog-views/<str:object_type>", views.GroupedView.as_view(), "grouped-analytics"),
    *both("api/analytics/top/<str:top_type>", views.TopView.as_view(), "top-analytics"),
    *both("api/analytics/performance", views.PerformanceView.as_view(), "performance-analytics"),
    *both("healthz", health.alive, "healthz"),
    *both("readyz", health.ready, "readyz"),
]
