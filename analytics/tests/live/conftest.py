import pytest


@pytest.fixture(autouse=True)
def brief_activity(settings):
    """A visitor is active for five seconds, so each snapshot shows what was seen since the last one."""
    settings.IDEEZA_ACTIVE_SECONDS = 5
