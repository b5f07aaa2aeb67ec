"""Issue and refresh tokens: simplejwt's views with descriptions for the API documentation.

A refresh token ends when its user's password changes or the user is deactivated. An access token asks no database: it
ends with its time.
"""

from typing import Any

from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.utils.crypto import constant_time_compare
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings
from rest_framework_simplejwt.tokens import RefreshToken
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from analytics.http.operations import (
    NO_AUTHENTICATION,
    WITH_BODY,
    Description,
    Schema,
    documented,
    invalid,
    named_object,
    refusals,
    response,
    text,
)

PASSWORD_CLAIM = "password"


class BoundRefreshToken(RefreshToken):
    """A refresh token with a digest of its user's password hash, the one that also ends sessions. Access tokens do not
    carry it."""

    no_copy_claims = (*RefreshToken.no_copy_claims, PASSWORD_CLAIM)  # type: ignore[assignment]  # inferred too narrowly

    @classmethod
    def for_user(cls, user: Any) -> "BoundRefreshToken":
        token = super().for_user(user)
        assert isinstance(token, BoundRefreshToken)
        token[PASSWORD_CLAIM] = user.get_session_auth_hash()
        return token


class ObtainSerializer(TokenObtainPairSerializer):
    token_class = BoundRefreshToken


class RefreshSerializer(TokenRefreshSerializer):
    """Returns the next access token. Raises InvalidToken when the token's user is gone or deactivated, or has another
    password now."""

    def validate(self, attrs: dict[str, Any]) -> dict[str, str]:
        token = BoundRefreshToken(attrs["refresh"])
        user = _active_user(token)
        if user is None:
            raise InvalidToken("The user of this token is gone.")
        if not constant_time_compare(str(token.get(PASSWORD_CLAIM, "")), user.get_session_auth_hash()):
            raise InvalidToken("The password of this token's user has changed.")
        return {"access": str(token.access_token)}


def _active_user(token: BoundRefreshToken) -> AbstractBaseUser | None:
    claim = token.get(api_settings.USER_ID_CLAIM)
    return get_user_model().objects.filter(**{api_settings.USER_ID_FIELD: claim}, is_active=True).first()


def _token(operation_id: str, summary: str, answer: tuple[Schema, Any], **more: Any) -> Description:
    schema, example = answer
    return {
        "operation_id": operation_id,
        "operation_summary": summary,
        "tags": ["token"],
        "security": NO_AUTHENTICATION,
        "responses": {
            200: response(summary, schema, example),
            400: invalid({"password": ["This field is required."]}),
            **refusals(401, *WITH_BODY),
        },
        **more,
    }


OBTAIN = _token(
    "obtain_token",
    "A token for a name and a password",
    (
        named_object(
            "Tokens", {"access": text("for questions, short-lived"), "refresh": text("for the next access token")}
        ),
        {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"},
    ),
    operation_description="Send the access token with each question: `Authorization: Bearer <access>`.",
    request_body=ObtainSerializer,
)
OBTAIN["responses"].update(refusals(429))
RENEW = _token(
    "renew_token",
    "The next access token",
    (named_object("AccessToken", {"access": text("for questions")}), {"access": "eyJhbGciOi…"}),
    request_body=RefreshSerializer,
)


class ObtainToken(TokenObtainPairView):
    serializer_class = ObtainSerializer

    @documented(**OBTAIN)
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().post(request, *args, **kwargs)


class RenewToken(TokenRefreshView):
    serializer_class = RefreshSerializer

    @documented(**RENEW)
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().post(request, *args, **kwargs)
