"""A process refuses to start without the settings that it needs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from ideeza import env

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


def test_a_cluster_of_facts_is_named_by_a_url(monkeypatch):
    monkeypatch.setenv("IDEEZA_FACTS", "clickhouse://me:p%40ss@one:9001,two/facts?cluster=main")
    found = env.facts("IDEEZA_FACTS")
    assert found["hosts"] == (("one", 9001), ("two", 9000))
    assert (found["user"], found["password"], found["database"], found["cluster"]) == ("me", "p@ss", "facts", "main")


@pytest.mark.parametrize(
    "url",
    [
        "http://one/facts?cluster=main",
        "clickhouse://one/facts",
        "clickhouse://one/?cluster=main",
        "clickhouse://one/fa'cts?cluster=main",
        "clickhouse:///facts?cluster=main",
        "clickhouse://one:x/facts?cluster=main",
        "clickhouse://one/facts?cluster=main&what=1",
    ],
)
def test_another_url_of_a_cluster_is_an_error_at_the_start(monkeypatch, url):
    monkeypatch.setenv("IDEEZA_FACTS", url)
    with pytest.raises(ImproperlyConfigured, match="IDEEZA_FACTS"):
        env.facts("IDEEZA_FACTS")


def test_the_driver_of_clusters_is_not_imported_without_one():
    code = (
        "import sys, django; django.setup(); from analytics import urls; from analytics.warehouse.store import facts; "
    )
    code += "from analytics.ingest.flow import drain; sys.exit('clickhouse_driver' in sys.modules)"
    environment = {"PATH": "/usr/bin:/bin", "DEBUG": "true", "DJANGO_SETTINGS_MODULE": "ideeza.settings"}
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=ROOT, check=True)
