"""The admin as an application: Django's, with a site of our own."""

from django.contrib.admin.apps import AdminConfig


class EverySiteAdminConfig(AdminConfig):
    default_site = "analytics.access.api.admin_site.EverySiteAdmin"
