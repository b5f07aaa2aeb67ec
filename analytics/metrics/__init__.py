"""Figures of this process: durations, counts, and what stands now. One interface, two outputs, each when it is switched
on: StatsD by UDP, and files that `/metrics` reads for Prometheus. No caller waits for either."""

from analytics import conf
from analytics.metrics import to_statsd


def timing(name: str, milliseconds: float) -> None:
    to_statsd.timing(name, milliseconds)
    if conf.metrics_folder() is not None:
        from analytics.metrics import to_prometheus  # it takes a command a while to load

        to_prometheus.timing(name, milliseconds)


def count(name: str, number: int) -> None:
    to_statsd.count(name, number)
    if conf.metrics_folder() is not None:
        from analytics.metrics import to_prometheus  # likewise

        to_prometheus.count(name, number)


def gauge(name: str, number: int) -> None:
    """Send a figure that goes up and down to StatsD. `/metrics` reads such figures where they are kept."""
    to_statsd.gauge(name, number)


__all__ = ["count", "gauge", "timing"]
