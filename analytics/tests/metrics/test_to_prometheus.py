"""Figures are counted in files for Prometheus, by its conventions."""

import re
import threading
from pathlib import Path

import pytest
from django.conf import settings as project
from prometheus_client import CollectorRegistry, generate_latest

from analytics import metrics
from analytics.metrics import to_prometheus

NAMED = re.compile(r"metrics\.(?:count|timing)\(\s*f?\"([^\"]+)\"")


def samples(folder) -> dict[str, float]:
    registry = CollectorRegistry()
    to_prometheus.register(registry, folder)
    lines = generate_latest(registry).decode().splitlines()
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines if line[0] != "#")}


def test_figures_are_metrics_with_labels_in_base_units(folder):
    metrics.count("query.status_200", 2)
    metrics.count("query.status_200", 1)
    metrics.count("ingest.status_201", 1)
    metrics.timing("query.duration_ms", 30)
    metrics.count("precalc.created", 3)
    metrics.count("precalc.events.created", 4)
    shown = samples(folder)
    assert shown['ideeza_requests_total{part="query",status="200"}'] == 3
    assert shown['ideeza_requests_total{part="ingest",status="201"}'] == 1
    assert shown['ideeza_request_duration_seconds_sum{part="query"}'] == 0.03
    assert shown['ideeza_request_duration_seconds_bucket{le="0.025",part="query"}'] == 0
    assert shown['ideeza_request_duration_seconds_bucket{le="0.05",part="query"}'] == 1
    assert shown['ideeza_rollup_summaries_total{dataset="views",result="created"}'] == 3
    assert shown['ideeza_rollup_summaries_total{dataset="events",result="created"}'] == 4


def test_every_figure_of_this_project_has_a_rule():
    sources = [path for path in Path(project.BASE_DIR, "analytics").rglob("*.py") if "tests" not in path.parts]
    names = {name for path in sources for name in NAMED.findall(path.read_text())}
    assert len(names) > 12
    for name in names:
        examples = [name.replace("{response.status_code}", "200")]
        if "{self.metric_prefix}" in name:
            examples = [examples[0].replace("{self.metric_prefix}", part) for part in ("ingest", "live")]
        for example in examples:
            example = re.sub(r"\{(put|result)[^}]*\}", "held", example)
            assert any(re.fullmatch(rule.form, example) for rule in to_prometheus.RULES), example


def test_threads_lose_no_count(folder):
    def count():
        for _ in range(500):
            metrics.count("ingest.visits", 1)
            metrics.timing("live.snapshot_ms", 1)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert samples(folder)["ideeza_page_visits_total"] == 4000
    assert samples(folder)["ideeza_snapshot_duration_seconds_count"] == 4000


def test_nothing_is_counted_without_a_token(folder, settings):
    settings.IDEEZA_METRICS_TOKEN = ""
    metrics.count("query.status_200", 1)
    assert not folder.exists()


def test_a_gauge_is_not_counted(folder):
    metrics.gauge("inbox.length", 3)
    assert not folder.exists()


def test_a_folder_that_cannot_be_used_is_logged_once_and_fails_no_caller(folder, caplog):
    folder.write_text("a file")
    for _ in range(3):
        metrics.count("query.status_200", 1)
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert str(folder) in caplog.text
    assert samples(folder) == {}


def test_a_folder_of_another_user_is_not_used(folder, caplog, monkeypatch):
    monkeypatch.setattr(to_prometheus.os, "geteuid", lambda: 12345)
    metrics.count("query.status_200", 1)
    assert "belongs to another user" in caplog.text


@pytest.mark.parametrize("content", [b"", b"no figures at all, and longer than the first block"])
def test_a_broken_file_hides_the_figures_and_nothing_else(folder, caplog, content):
    metrics.count("query.status_200", 1)
    (folder / "counter_77.db").write_bytes(content)
    assert samples(folder) == {}
    assert "cannot be read" in caplog.text
