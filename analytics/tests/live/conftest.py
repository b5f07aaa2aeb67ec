import pytest

from analytics.live.store import visitor_salts


@pytest.fixture(autouse=True)
def brief_activity(settings):
    """A visitor is active for five seconds, so each snapshot shows what was seen since the last one."""
    settings.IDEEZA_ACTIVE_SECONDS = 5
    visitor_salts.get_or_create_salt.cache_clear()
