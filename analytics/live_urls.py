"""The URLs of the live pages."""

from django.urls import re_path

from analytics.ingest.api import page_visits, tracker
from analytics.live.api import concurrents, site_lists
from analytics.urls import both

urlpatterns = [  # the busiest first, because Django tries them one after the other
    *both("api/visits", page_visits.VisitList.as_view(), "visit_list"),
    *both("api/collect", page_visits.CollectView.as_view(), "collect"),
    *both("api/v1.0/increasingconcurrents", concurrents.IncreasingConcurrents.as_view(), "increasingconcurrents"),
    *both("api/v1.0/concurrents", concurrents.Concurrents.as_view(), "concurrents"),
    *both("api", site_lists.Root.as_view(), "api_root"),
    *both("api/users", site_lists.UserList.as_view(), "user_list"),
    *both("api/domains", site_lists.DomainList.as_view(), "domain_list"),
    *both("api/pages", site_lists.PageList.as_view(), "page_list"),
    *both("api/pagediffs", site_lists.PageDiffList.as_view(), "page_diffs"),
    *both("api/visits/<int:id>", page_visits.VisitDetail.as_view(), "visit_detail"),
    *both("live/toppages", concurrents.TopPages.as_view(), "toppages"),
    *both("live/toppages/v3", concurrents.TopPagesV3.as_view(), "toppages_v3"),
    # Chartbeat's clients join the parts of a URL with too many slashes.
    re_path(r"^/*live/+toppages/*$", concurrents.TopPages.as_view()),
    re_path(r"^/*live/+toppages/+v3/*$", concurrents.TopPagesV3.as_view()),
    *both("tracker.js", tracker.tracker, "tracker"),
]
