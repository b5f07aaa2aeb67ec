"""The production settings, with static files from where they are: nothing is collected for a test."""

from ideeza.settings import *  # noqa: F403

WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = True
