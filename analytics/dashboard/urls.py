"""The route, view and name of each page."""

from analytics.dashboard import shared_views, views

pages = [
    ("dashboard", views.index, "dashboard"),
    ("dashboard/start", views.start, "dashboard-start"),
    ("dashboard/live", views.live, "dashboard-live"),
    ("dashboard/warehouse", views.warehouse, "dashboard-warehouse"),
    ("dashboard/events", views.events, "dashboard-events"),
    ("dashboard/shares", shared_views.shares, "dashboard-shares"),
    ("dashboard/shared/<str:token>", shared_views.shared, "dashboard-shared"),
    ("dashboard/login", views.login, "dashboard-login"),
    ("dashboard/logout", views.logout, "dashboard-logout"),
]
