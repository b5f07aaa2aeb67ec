"""The Django application: what happens when it starts and after `migrate`."""

from datetime import date
from importlib.util import find_spec
from typing import Any

from django.apps import AppConfig
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete

from analytics import conf


class AnalyticsConfig(AppConfig):
    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from analytics.models.summary import summaries_dropped  # models are there only now

        require_country_database()
        require_cluster_driver()
        post_migrate.connect(restore_generations, sender=self)
        pre_delete.connect(forget_country, sender=self.get_model("Country"))
        pre_delete.connect(forget_blog, sender=self.get_model("Blog"))
        summaries_dropped.connect(drop_summaries)
        for model in map(self.get_model, ("Application", "Domain", "ApiKey")):
            post_save.connect(forget_keys, sender=model)
            post_delete.connect(forget_keys, sender=model)
        for signal in (post_save, post_delete):
            signal.connect(forget_rules, sender=self.get_model("EventSchema"))


def require_country_database() -> None:
    """Raise ImproperlyConfigured when the file that IDEEZA_PLACES names cannot be read, at the start of a server and of
    every command."""
    if path := conf.places():
        from analytics.sources.lookups import geoip  # the registries' data take a while to load

        try:
            geoip.finder(path)
        except geoip.NoCountryDatabase as error:
            raise ImproperlyConfigured(f"IDEEZA_PLACES: {error}") from error


def require_cluster_driver() -> None:
    """Raise ImproperlyConfigured when IDEEZA_FACTS is set and the packages that it needs are missing."""
    if conf.facts_cluster() and find_spec("clickhouse_driver") is None:
        raise ImproperlyConfigured("IDEEZA_FACTS needs clickhouse-driver: pip install -r clickhouse-requirements.txt")


def restore_generations(sender: AppConfig, using: str, **_: Any) -> None:
    """Restore the rows of the generations, which a migration wrote: `flush` deletes them, with the stale marks."""
    from analytics.datasets import DATASETS  # models are there only now

    tables = connections[using].introspection.table_names()
    for dataset in DATASETS:
        if dataset.marks in tables:
            sender.get_model("Generation")._default_manager.using(using).get_or_create(id=dataset.id)


def drop_summaries(days: list[date], **_: Any) -> None:
    from analytics.warehouse.flow.roll_up import drop_days  # likewise

    drop_days(days)


def forget_blog(instance: Any, **_: Any) -> None:
    from analytics.warehouse.flow import forget_blog  # likewise

    forget_blog.forget_blog(instance.pk)


def forget_country(instance: Any, **_: Any) -> None:
    from analytics.warehouse.flow import forget_country  # likewise

    forget_country.forget_country(instance.pk)


def forget_keys(**_: Any) -> None:
    from analytics.access.flow import authenticate_key  # as above

    authenticate_key.clear_cache()


def forget_rules(**_: Any) -> None:
    from analytics.ingest.flow import validate_event  # as above

    validate_event.clear_cache()
