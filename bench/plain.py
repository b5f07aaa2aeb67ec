"""The plain way to collect: a ModelViewSet of the REST framework that saves one row per request.

`granian bench.plain:application` serves it; its settings are those of the project with this app and its URLs.
"""

import os
import sys
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.plain_settings"

import django  # noqa: E402

django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection, models  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.urls import include, path  # noqa: E402
from rest_framework.permissions import AllowAny  # noqa: E402
from rest_framework.routers import DefaultRouter  # noqa: E402
from rest_framework.serializers import ModelSerializer  # noqa: E402
from rest_framework.viewsets import ModelViewSet  # noqa: E402


class PlainEvent(models.Model):
    session_id = models.CharField(max_length=255, db_index=True)
    category = models.CharField(max_length=255, db_index=True)
    name = models.CharField(max_length=255, db_index=True)
    data = models.JSONField(default=dict)
    timestamp = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "bench"
        constraints = [
            models.UniqueConstraint(
                name="plain_event_once", fields=["session_id", "category", "name", "data", "timestamp"]
            )
        ]


class PlainSerializer(ModelSerializer):
    class Meta:
        model = PlainEvent
        fields = "__all__"


class PlainView(ModelViewSet):
    queryset = PlainEvent.objects.all()
    serializer_class = PlainSerializer
    permission_classes = [AllowAny]


def well(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok")


def make_table() -> None:
    with connection.schema_editor() as editor:
        editor.create_model(PlainEvent)


router = DefaultRouter()
router.register("plain", PlainView)
urlpatterns: list[Any] = [path("healthz", well), path("", include(router.urls))]
application = get_wsgi_application()

if __name__ == "__main__":
    sys.exit(make_table())
