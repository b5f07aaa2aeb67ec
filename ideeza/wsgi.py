import os
from importlib import import_module

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ideeza.settings")
django.setup(set_prefix=False)

from analytics import garbage  # noqa: E402 - needs the settings
from analytics.http.wsgi import Utf8Handler  # noqa: E402

application = Utf8Handler()
import_module(settings.ROOT_URLCONF)  # now, and not while the first request waits
garbage.leave_out_what_exists()
