import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ideeza.settings")
django.setup(set_prefix=False)

from analytics.http.wsgi import Utf8Handler  # noqa: E402 - needs the settings

application = Utf8Handler()
