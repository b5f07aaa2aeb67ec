"""Issue and refresh tokens: simplejwt's views with descriptions for the API documentation."""

from django.contrib.auth import get_user_model
from drf_yasg import openapi
from drf_yasg.utils import swagger_auto_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework_simplejwt.exceptions import InvalidToken
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

REFUSED = openapi.Response("Wrong, or expired", None, {"application/json": {"detail": "…", "code": "…"}})


def _text(**fields: str) -> openapi.Schema:
    properties = {name: openapi.Schema(type="string", description=what) for name, what in fields.items()}
    return openapi.Schema(type="object", properties=properties)


class ObtainToken(TokenObtainPairView):
    @swagger_auto_schema(
        operation_id="token",
        tags=["token"],
        operation_summary="A token for a name and a password",
        operation_description="Send the access token with each question: `Authorization: Bearer <access>`.",
        security=[],
        responses={
            200: openapi.Response(
                "Two tokens",
                _text(access="for questions, short-lived", refresh="for the next access token"),
                {"application/json": {"access": "eyJhbGciOi…", "refresh": "eyJhbGciOi…"}},
            ),
            401: REFUSED,
        },
    )
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        return super().post(request, *args, **kwargs)


class RefreshToken(TokenRefreshView):
    @swagger_auto_schema(
        operation_id="token-refresh",
        tags=["token"],
        operation_summary="The next access token",
        security=[],
        responses={
            200: openapi.Response(
                "One token", _text(access="for questions"), {"application/json": {"access": "eyJhbGciOi…"}}
            ),
            401: REFUSED,
        },
    )
    def post(self, request: Request, *args: object, **kwargs: object) -> Response:
        try:
            return super().post(request, *args, **kwargs)
        except get_user_model().DoesNotExist as error:
            raise InvalidToken("The user of this token is gone.") from error
