"""Count for Prometheus, when a token for `/metrics` is set.

Each process counts in files of its own, mapped into memory, in a folder that the processes of a machine share. The one
that is scraped adds them up (the multiprocess mode of prometheus-client). So a figure costs no request and survives its
process, also one that soon ends, as a roll-up does.
"""

import logging
import os
import re
import struct
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple, TypeVar

from prometheus_client import CollectorRegistry, Counter, Histogram, Metric, values
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from analytics import conf
from analytics.metrics.process_numbers import ProcessNumbers

log = logging.getLogger(__name__)
RETRY_SECONDS = 60
"""The least number of seconds before a folder that failed is used again."""
UNUSABLE = (OSError, ValueError, RuntimeError, struct.error)
"""The errors of a folder that cannot be written, of a full disk, and of a file that is cut off or of something else."""
REQUEST_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
DEFAULT_DATASET = "views"
"""The dataset of figures whose names do not say it."""
Kind = TypeVar("Kind", Counter, Histogram)
RUN_SECONDS = (0.1, 0.5, 1, 5, 15, 60, 300, 900, 3600)


class Rule(NamedTuple):
    """Figures whose whole name matches this form are one metric; the named groups become its labels."""

    form: str
    metric: str
    help: str
    buckets: tuple[float, ...] = REQUEST_SECONDS


RULES = (
    Rule(r"(?P<part>query|ingest|live)\.status_(?P<status>\d+)", "requests", "Requests answered, by HTTP status"),
    Rule(r"(?P<part>query|ingest|live)\.duration_ms", "request_duration_seconds", "Time to answer a request"),
    Rule(r"ingest\.events_(?P<result>\w+)", "events", "Events written, by result"),
    Rule(r"ingest\.visits", "page_visits", "Page visits written"),
    Rule(r"ingest\.views", "blog_views", "Blog views written that were new"),
    Rule(r"inbox\.(?P<result>held|failed|refused)", "inbox_deliveries", "Deliveries sent to the inbox, by result"),
    Rule(r"inbox\.drained", "inbox_drained", "Deliveries taken from the inbox and stored"),
    Rule(r"inbox\.dead_letters", "inbox_dead_letters", "Deliveries of the inbox that were set aside"),
    Rule(r"live\.snapshot_ms", "snapshot_duration_seconds", "Time to take the snapshots of all sites"),
    Rule(r"upstream\.failures", "upstream_failures", "Polls of upstreams that failed"),
    Rule(r"precalc\.duration_ms", "rollup_duration_seconds", "Time of a roll-up", buckets=RUN_SECONDS),
    Rule(r"precalc(\.(?P<dataset>events))?\.(?P<result>created|updated)", "rollup_summaries", "Summaries rolled up"),
)


class Figures:
    """The figures of this process, in files of its own in `folder`. Raise one of UNUSABLE when that cannot be used."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.stat().st_uid != os.geteuid():
            raise PermissionError(f"{folder} belongs to another user")
        values.ValueClass = values.MultiProcessValue(ProcessNumbers(folder).mine)
        self._metrics: dict[str, Counter | Histogram] = {}
        self._series: dict[str, Counter | Histogram] = {}
        self._lock = Lock()

    def series(self, name: str, kind: type[Kind]) -> Kind:
        """Return what counts the figure of this name; its metric is created with the first of its series."""
        series = self._series.get(name)
        if series is None:
            with self._lock:
                series = self._series[name] = self._create(name, kind)
        assert isinstance(series, kind), f"{name} is a duration and a count"
        return series

    def _create(self, name: str, kind: type[Kind]) -> Counter | Histogram:
        rule, labels = to_metric(name)
        metric = self._metrics.get(rule.metric)
        if metric is None:
            options: dict[str, Any] = {"buckets": rule.buckets} if kind is Histogram else {}
            metric = kind(rule.metric, rule.help, tuple(labels), namespace="ideeza", registry=None, **options)
            self._metrics[rule.metric] = metric
        return metric.labels(**labels) if labels else metric


def to_metric(name: str) -> tuple[Rule, dict[str, str]]:
    """Return the metric and the labels of a figure; one without a rule is a metric without labels.

    >>> rule, labels = to_metric("query.status_200")
    >>> rule.metric, labels
    ('requests', {'part': 'query', 'status': '200'})
    >>> to_metric("new.figure_ms")[0].metric
    'new_figure_seconds'
    """
    for rule in RULES:
        if found := re.fullmatch(rule.form, name):
            return rule, found.groupdict(DEFAULT_DATASET)
    metric = re.sub(r"\W", "_", name.removesuffix("_ms") + "_seconds" * name.endswith("_ms"))
    return Rule(re.escape(name), metric, name), {}


_lock = Lock()
_figures: dict[Path, Figures] = {}
_resting_until = 0.0


def timing(name: str, milliseconds: float) -> None:
    _attempt(lambda figures: figures.series(name, Histogram).observe(milliseconds / 1000))


def count(name: str, number: int) -> None:
    _attempt(lambda figures: figures.series(name, Counter).inc(number))


def _attempt(act: Callable[[Figures], None]) -> None:
    """Count, unless it is switched off or has failed a moment ago. A failure is logged and never the caller's."""
    global _resting_until
    folder = conf.metrics_folder()
    if folder is None or time.monotonic() < _resting_until:
        return
    try:
        act(_figures_in(folder))
    except UNUSABLE as error:
        _resting_until = time.monotonic() + RETRY_SECONDS
        log.warning("Figures cannot be kept in %s (%s). Not tried for %s s.", folder, error, RETRY_SECONDS)


def _figures_in(folder: Path) -> Figures:
    with _lock:
        if folder not in _figures:
            _figures[folder] = Figures(folder)
        return _figures[folder]


class CountedFigures(Collector):
    """The figures of all processes, added up; none while the folder cannot be read."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        if not self._folder.is_dir():
            return []
        try:
            return list(MultiProcessCollector(None, str(self._folder)).collect())
        except UNUSABLE as error:
            log.warning("The figures in %s cannot be read: %s", self._folder, error)
            return []


def register(registry: CollectorRegistry, folder: Path) -> None:
    """Make the registry list the figures of all processes that share the folder."""
    registry.register(CountedFigures(folder))
