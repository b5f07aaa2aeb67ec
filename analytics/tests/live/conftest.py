import pytest


@pytest.fixture(autouse=True)
def brief_activity(settings):
    """Make a visitor active for five seconds, so that each snapshot shows the visits since the last one."""
    settings.IDEEZA_ACTIVE_SECONDS = 5
