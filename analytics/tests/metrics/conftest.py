"""A folder of figures for each test."""

import pytest

from analytics.metrics import to_prometheus


@pytest.fixture
def folder(settings, tmp_path, monkeypatch):
    """Switch counting for Prometheus on, in a folder of the test."""
    folder = tmp_path / "figures"
    settings.IDEEZA_METRICS_TOKEN, settings.IDEEZA_METRICS_FOLDER = "s3cret", str(folder)
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(folder))
    monkeypatch.setattr(to_prometheus, "_resting_until", 0.0)
    return folder
