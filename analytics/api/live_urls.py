"""The URLs of the live pages."""

from analytics.api import concurrents, sites, tracker, visits
from analytics.api.urls import both

urlpatterns = [  # those asked most often first: they are tried one after the other
    *both("api/visits", visits.VisitList.as_view(), "visit_list"),
    *both("api/collect", visits.Collect.as_view(), "collect"),
    *both("api/v1.0/increasingconcurrents", concurrents.IncreasingConcurrents.as_view(), "increasingconcurrents"),
    *both("api/v1.0/concurrents", concurrents.Concurrents.as_view(), "concurrents"),
    *both("api", sites.Root.as_view(), "api_root"),
    *both("api/users", sites.UserList.as_view(), "user_list"),
    *both("api/domains", sites.DomainList.as_view(), "domain_list"),
    *both("api/pages", sites.PageList.as_view(), "page_list"),
    *both("api/pagediffs", sites.PageDiffList.as_view(), "page_diffs"),
    *both("api/visits/<int:id>", visits.VisitDetail.as_view(), "visit_detail"),
    *both("live/toppages", concurrents.TopPages.as_view(), "toppages"),
    *both("live/toppages/v3", concurrents.TopPagesV3.as_view(), "toppages_v3"),
    *both("tracker.js", tracker.tracker, "tracker"),
]
