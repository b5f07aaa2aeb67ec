"""The commands of docs/operations.md load the data of a dump into a migrated database."""

import os
import re
import subprocess
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from analytics.models import BlogView, Installation
from analytics.tests.processes import sample_views
from analytics.tests.processes.other_process import database_url
from analytics.warehouse.store import stale_days

pytestmark = [pytest.mark.postgres, pytest.mark.postgres_server]


def documented_commands() -> str:
    text = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    (block,) = [each for each in re.findall(r"```sh\n(.*?)```", text, re.S) if "--data-only" in each]
    return block


@pytest.fixture
def dump(rolled_up, postgres_programs, tmp_path) -> Path:
    """Return a dump of a database with summaries, and with a view that came after them."""
    BlogView.objects.create(blog_id=BlogView.objects.values_list("blog", flat=True)[0], timestamp=sample_views.NOW)
    path = tmp_path / "ideeza.dump"
    command = [postgres_programs / "pg_dump", "--format=custom", f"--file={path}", database_url()]
    subprocess.run(command, check=True)
    return path


@pytest.fixture
def installation(dump) -> str:
    return Installation.objects.get().name


def test_data_alone_are_loaded_into_a_migrated_database(dump, installation, scratch, postgres_programs):
    call_command("migrate", verbosity=0)
    sample_views.fill(10)
    url = database_url()
    commands = documented_commands().replace("psql ideeza", f"psql --no-psqlrc {url}")
    commands = commands.replace("--dbname=ideeza", f"--dbname={url}").replace("ideeza.dump", str(dump))
    path = f"{postgres_programs}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["bash", "-euc", commands], check=True, env={**os.environ, "PATH": path}, capture_output=True)
    assert Installation.objects.get().name == installation != "" and BlogView.objects.count() == 401
    assert stale_days.missing_triggers() == []
    connection.close()
    output = StringIO()
    call_command("precalculate_stats", stdout=output)
    call_command("verify_stats", stdout=output)
    assert "agree with the facts" in output.getvalue()
