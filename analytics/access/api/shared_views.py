"""The access tokens of shared views. Each names its link, which is looked up with every question."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import AnonymousUser
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.exceptions import InvalidToken, TokenError
from rest_framework_simplejwt.tokens import Token

from analytics import clock
from analytics.access.api.user_tokens import UserTokens
from analytics.access.flow import share_view
from analytics.access.flow.share_view import OpenView

VIEW_CLAIM = "shared_view"


class SharedViewToken(Token):
    """A token of a kind of its own, so that it is refused wherever a user's token is asked for."""

    token_type = VIEW_CLAIM
    lifetime = timedelta(minutes=15)

    @classmethod
    def for_view(cls, view: OpenView) -> "SharedViewToken":
        token = cls()
        token[VIEW_CLAIM] = view.id
        return token


class UserOrSharedView(BaseAuthentication):
    """Authenticates a user by an access token, or the reader of a shared view, whose `auth` is the view. The token of a
    link that has ended is refused at once."""

    _users = UserTokens()

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        try:
            return self._users.authenticate(request)
        except InvalidToken:
            if token := self._shared_token(request):
                return AnonymousUser(), _view_of(token)
            raise

    def authenticate_header(self, request: Request) -> str:
        return self._users.authenticate_header(request)

    def _shared_token(self, request: Request) -> SharedViewToken | None:
        header = self._users.get_header(request)
        raw = self._users.get_raw_token(header) if header else None
        try:
            return SharedViewToken(raw) if raw else None  # type: ignore[arg-type]  # bytes, as simplejwt itself passes
        except TokenError:
            return None


def _view_of(token: SharedViewToken) -> OpenView:
    view = share_view.find(int(token[VIEW_CLAIM]), clock.now())
    if view is None:
        raise AuthenticationFailed("This link has ended.", "link_ended")
    return view
