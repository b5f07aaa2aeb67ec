"""The production settings, with every logger at DEBUG."""

from ideeza.settings import *  # noqa: F403

DEBUG = True  # so that Django logs each statement
IDEEZA_API_OPEN = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"all": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["all"], "level": "DEBUG"},
    "loggers": {"django": {"handlers": ["all"], "level": "DEBUG", "propagate": False}},
}
