"""A process refuses to start without the settings that it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)


@pytest.mark.parametrize("debug", ["", "true"])
def test_a_secret_key_is_required_when_debug_is_off(debug, tmp_path):
    environment = {"PATH": "/usr/bin:/bin", "DEBUG": debug, "DATABASE_URL": f"sqlite:///{tmp_path}/x.sqlite3"}
    ran = subprocess.run(
        [sys.executable, "manage.py", "check"], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode == 0) is bool(debug)
    assert debug or re.search(r"SECRET_KEY is not set and DEBUG is off. Set SECRET_KEY", ran.stderr)


@pytest.mark.parametrize("content", [None, b"no database"])
def test_a_file_of_countries_that_cannot_be_read_is_an_error_at_the_start(content, tmp_path):
    path = tmp_path / "places.mmdb"
    if content:
        path.write_bytes(content)
    environment = {"PATH": "/usr/bin:/bin", "DEBUG": "true", "IDEEZA_PLACES": str(path)}
    start = "from ideeza.wsgi import application"
    ran = subprocess.run(
        [sys.executable, "-c", start], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert f"ImproperlyConfigured: IDEEZA_PLACES: {path}" in ran.stderr
