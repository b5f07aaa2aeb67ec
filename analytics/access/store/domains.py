"""Change the hosts that applications may write for."""

from collections.abc import Collection, Mapping

from analytics.models import Domain


def stored_domains() -> list[tuple[int, int, str]]:
    """Return all domains in the order of their ids: id, application and host."""
    return list(Domain.objects.order_by("id").values_list("pk", "application_id", "host"))


def rename(hosts: Mapping[int, str]) -> None:
    """Give domains other hosts, which their application does not have yet."""
    for domain, host in hosts.items():
        Domain.objects.filter(pk=domain).update(host=host)


def delete(domains: Collection[int]) -> None:
    Domain.objects.filter(pk__in=domains).delete()
