"""The admin, whose lists are about every site, so that it is closed to people who may see some sites only."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest

from analytics.access.flow.decide_sites import UserGone, sites_of_user


class EverySiteAdmin(AdminSite):
    def has_permission(self, request: HttpRequest) -> bool:
        return super().has_permission(request) and _sees_every_site(request)


def _sees_every_site(request: HttpRequest) -> bool:
    try:
        return request.user.pk is not None and sites_of_user(request.user.pk).are_all
    except UserGone:
        return False
