"""Answer whether this process is alive and whether it is ready to serve requests."""

from django.core.cache import cache
from django.db import DatabaseError, InterfaceError
from django.http import HttpRequest, JsonResponse

from analytics import cache as analytics_cache
from analytics import clock, conf
from analytics.database.migration_state import count_missing_migrations
from analytics.health.check import check_health
from analytics.http import proxies
from analytics.http.api_errors import safe_only


@safe_only
def alive(request: HttpRequest) -> JsonResponse:
    return JsonResponse({"status": "ok"})


@safe_only
def ready(request: HttpRequest) -> JsonResponse:
    """Answer with the state of database, migrations, cache and summaries; with 503 without the database or migrations.

    A cache that is down only makes answers slower, so it is reported and does not change the status.
    """
    try:
        missing = count_missing_migrations()
        report: dict[str, object] = {
            "database": "ok",
            "migrations": f"{missing} missing" if missing else "ok",
            "cache": _cache(),
            "forwarded_from_undeclared": proxies.undeclared(),
        }
        if not missing:
            health = check_health(clock.now())
            report |= {
                "summaries_as_of": health.as_of,
                "pending_days": health.pending,
                "oldest_stale_day_seconds": round(health.waiting, 3),
                "inbox": health.held,
                "inbox_warnings": health.inbox_warnings,
                "dead_letters": health.dead_letters,
            }
            if conf.facts_cluster():
                report["facts"] = health.replicas_away or "ok"
        return JsonResponse(report, status=503 if missing else 200)
    except (DatabaseError, InterfaceError):
        return JsonResponse({"database": "cannot answer", "cache": _cache()}, status=503)


def _cache_key() -> str:
    """Return this installation's key; without the database, which names it, one that others may use as well."""
    try:
        return analytics_cache.key("readyz")
    except (DatabaseError, InterfaceError):
        return "ideeza:readyz"


def _cache() -> str:
    try:
        key = _cache_key()
        cache.set(key, "ok", 5)
        return "ok" if cache.get(key) == "ok" else "does not keep what it is given"
    except Exception as error:  # noqa: BLE001 - whatever a cache client raises, the answer is that it is down
        return f"down ({type(error).__name__})"
