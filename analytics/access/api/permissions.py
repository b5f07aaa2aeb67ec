"""Permissions of the API's views."""

from rest_framework.permissions import BasePermission, IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics import conf
from analytics.access.api.api_keys import Caller, QueryKeyAuthentication
from analytics.access.api.readers import NO_SITE, reader_of
from analytics.access.api.shared_views import UserOrSharedView
from analytics.access.api.user_tokens import UserTokens
from analytics.access.flow.share_view import OpenView

QUERY_AUTHENTICATION = [UserTokens, QueryKeyAuthentication]
"""The first that finds its credentials decides. So a bad Bearer token is refused even beside a valid key, and a key is
not looked at beside a valid token."""
QUESTION_AUTHENTICATION = [UserOrSharedView, QueryKeyAuthentication]
"""Questions about views are also answered to readers of shared views."""


class TokenOrQueryKey(IsAuthenticated):
    """Allows requests with a valid token or a key for questions, and all requests while IDEEZA_API_OPEN is on.
    Authentication refuses what is not valid before this permission is checked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        known = isinstance(request.auth, Caller | OpenView)
        return conf.api_open() or known or super().has_permission(request, view)


class SeesEverySite(BasePermission):
    """Refuses readers of some sites only where an answer cannot be restricted to sites."""

    message = f"These {NO_SITE}"

    def has_permission(self, request: Request, view: APIView) -> bool:
        self.message = f"{getattr(view, 'of_no_site', 'These')} {NO_SITE}"
        return reader_of(request).sees_everything
