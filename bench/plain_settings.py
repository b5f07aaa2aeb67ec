from ideeza.settings import *  # noqa: F403

ROOT_URLCONF = "bench.plain"
INSTALLED_APPS = [*INSTALLED_APPS, "bench"]  # noqa: F405
