"""`/metrics`: the figures of all processes, and the state of the service, in the format of Prometheus."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from analytics import clock, conf
from analytics.datasets import DATASETS
from analytics.http.api_errors import log_database_failure, not_found, safe_only
from analytics.ingest.store import dead_letters, inbox
from analytics.metrics import to_prometheus
from analytics.warehouse.store import generations, stale_days
from tally.span import EVER


@safe_only
def scrape(request: HttpRequest) -> HttpResponse:
    """Answer with all metrics, to whom shows the token as a Bearer token; with 404 when no token is set."""
    folder = conf.metrics_folder()
    if folder is None:
        return not_found(request)
    scheme, _, shown = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(shown, conf.metrics_token()):
        detail = {"detail": "Show the token of IDEEZA_METRICS_TOKEN as a Bearer token."}
        return JsonResponse(detail, status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(ServiceState(clock.now()))
    to_prometheus.register(registry, folder)
    encode, content_type = choose_encoder(request.headers.get("Accept", ""))
    return HttpResponse(encode(registry), content_type=content_type)


class ServiceState(Collector):
    """What stands now, read from the database and Redis when it is asked for. What does not answer is left out, and
    `ideeza_database_up` or `ideeza_redis_up` is 0."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def describe(self) -> Iterable[Metric]:
        """Return nothing: without this, registering asks the database."""
        return []

    def collect(self) -> Iterator[Metric]:
        metrics = self._database_metrics()
        yield _gauge("database_up", "Whether the database answers", bool(metrics))
        yield from metrics
        if conf.redis_configured():
            yield _gauge("redis_up", "Whether Redis answers", inbox.answers())
            yield from _inbox_metrics()

    def _database_metrics(self) -> list[Metric]:
        """Return what the database says; nothing when it does not answer."""
        try:
            return [*self._summaries(), *_setbacks()]
        except (DatabaseError, InterfaceError) as error:
            log_database_failure(error)
            return []

    def _summaries(self) -> Iterator[Metric]:
        age = _by_dataset("summaries_age_seconds", "Time since the last roll-up")
        stale = _by_dataset("stale_days", "Days whose facts have changed since they were rolled up")
        waiting = _by_dataset("oldest_stale_day_seconds", "Time that the oldest stale day has waited")
        for dataset in DATASETS:
            fresh, oldest = generations.freshness(dataset, EVER), stale_days.oldest(dataset)
            stale.add_metric([dataset.name], fresh.pending)
            waiting.add_metric([dataset.name], self._seconds_since(oldest) if oldest else 0)
            if fresh.as_of:
                age.add_metric([dataset.name], self._seconds_since(fresh.as_of))
        yield from (age, stale, waiting)

    def _seconds_since(self, moment: datetime) -> float:
        return max((self._now - moment).total_seconds(), 0.0)


def _setbacks() -> Iterator[Metric]:
    yield _gauge("dead_letters", "Deliveries that were set aside", dead_letters.count())
    missing = len(stale_days.missing_triggers())
    yield _gauge("missing_triggers", "Triggers that are missing: changed days go unnoticed", missing)


def _inbox_metrics() -> list[Metric]:
    """Return the size of the inbox; nothing without one, or when Redis does not answer."""
    if conf.inbox() is None:
        return []
    try:
        length, size = inbox.length(), inbox.waiting_bytes()
    except (DatabaseError, InterfaceError):  # the database names the keys, and this process has not asked it before
        return []
    if length is None or size is None:
        return []
    return [
        _gauge("inbox_length", "Deliveries that wait in the inbox", length),
        _gauge("inbox_bytes", "Bytes of the deliveries that wait in the inbox", size),
    ]


def _gauge(name: str, help: str, value: float) -> Metric:
    return GaugeMetricFamily(f"ideeza_{name}", help, value=value)


def _by_dataset(name: str, help: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"ideeza_{name}", help, labels=["dataset"])
