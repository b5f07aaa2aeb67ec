"""Permissions of the API's views."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics import conf
from analytics.access.api.api_keys import Caller, QueryKeyAuthentication

QUERY_AUTHENTICATION = [UserTokens, QueryKeyAuthentication]
"""The first that finds its credentials decides. So a bad Bearer token is refused even beside a valid key, and a key is
not looked at beside a valid token."""


class TokenOrQueryKey(IsAuthenticated):
    """Allows requests with a valid token or a key for questions, and all requests while IDEEZA_API_OPEN is on.
    Authentication refuses what is not valid before this permission is checked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return conf.api_open() or isinstance(request.auth, Caller) or super().has_permission(request, view)
