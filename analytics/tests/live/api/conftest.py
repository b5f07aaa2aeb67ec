import pytest

from analytics import clock
from analytics.access.flow import authenticate_key
from analytics.access.flow.create_key import create_key
from analytics.tests.visit_factory import after

KEY = "99b792d59799b05a35ce4ff8bd41f35c72992a32"


@pytest.fixture
def closed(settings):
    settings.IDEEZA_API_OPEN = False
    authenticate_key.clear_cache()
    create_key("anybody", [], ["collect", "read"], KEY)


@pytest.fixture
def set_clock(monkeypatch):
    """Return a function that sets the clock to so many seconds after the start."""

    def put(seconds: float):
        monkeypatch.setattr(clock, "now", lambda: after(seconds))

    return put
