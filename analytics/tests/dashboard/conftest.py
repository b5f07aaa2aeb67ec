import pytest
from django.contrib.auth.models import User

PASSWORD = "open sesame"


@pytest.fixture
def reader(db, settings):
    """Create a user, and close the API to requests without a token."""
    settings.IDEEZA_API_OPEN = False
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = False
    return User.objects.create_user("reader", password=PASSWORD)
