#!/usr/bin/env python
"""Django's command line. `manage.py test` uses `ideeza.test_settings` by default."""

import os
import sys

from django.core.management import execute_from_command_line

if __name__ == "__main__":
    settings = "ideeza.test_settings" if sys.argv[1:2] == ["test"] else "ideeza.settings"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings)
    execute_from_command_line(sys.argv)
