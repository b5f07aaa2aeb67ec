"""Permissions of the API's views."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics import conf


class TokenUnlessOpen(IsAuthenticated):
    """Allows requests with a valid token, and all requests while IDEEZA_API_OPEN is on. Authentication refuses an
    invalid token before this permission is checked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return conf.api_open() or super().has_permission(request, view)
