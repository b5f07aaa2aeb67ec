"""`create_login`: create a user who may log in."""

from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandParser

from analytics.management.base import ServiceCommand


class Command(ServiceCommand):
    help = (
        "Make sure that an administrator with this name and password exists. For local use: both can be read by others."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("password")

    def handle(self, *, name: str, password: str, **_: Any) -> None:
        """Create or update the login. An unchanged password is not set again, because that would end open sessions."""
        allowed = {"is_active": True, "is_staff": True, "is_superuser": True}
        user, _created = get_user_model().objects.update_or_create(username=name, defaults=allowed)
        if not user.check_password(password):
            user.set_password(password)
            user.save(update_fields=["password"])
        self.stdout.write(f"Login: {name} / {password}")
