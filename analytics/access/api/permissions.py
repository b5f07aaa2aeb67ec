"""Who may ask."""

from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.views import APIView

from analytics import conf


class TokenUnlessOpen(IsAuthenticated):
    """A valid token, or anybody while IDEEZA_API_OPEN is on. A bad token is refused before this is asked."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return conf.api_open() or super().has_permission(request, view)
