from typing import Any

from django.apps import AppConfig
from django.db import connections
from django.db.models.signals import post_delete, post_migrate, post_save, pre_delete


class AnalyticsConfig(AppConfig):
    name = "analytics"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        post_migrate.connect(restore_generations, sender=self)
        pre_delete.connect(forget_country, sender=self.get_model("Country"))
        for model in map(self.get_model, ("Application", "Domain", "ApiKey")):
            post_save.connect(forget_keys, sender=model)
            post_delete.connect(forget_keys, sender=model)
        for signal in (post_save, post_delete):
            signal.connect(forget_rules, sender=self.get_model("EventSchema"))


def restore_generations(sender: AppConfig, using: str, **_: Any) -> None:
    """Restore the rows that a migration wrote to `analytics_generation`: `flush` deletes them, with the stale marks."""
    from analytics.datasets import DATASETS  # models are there only now

    tables = connections[using].introspection.table_names()
    for dataset in DATASETS:
        if dataset.marks in tables:
            sender.get_model("Generation")._default_manager.using(using).get_or_create(id=dataset.id)


def forget_country(instance: Any, **_: Any) -> None:
    from analytics.warehouse.flow import forget_country  # likewise

    forget_country.forget_country(instance.pk)


def forget_keys(**_: Any) -> None:
    from analytics.access.flow import authenticate_key  # as above

    authenticate_key.clear_cache()


def forget_rules(**_: Any) -> None:
    from analytics.ingest.flow import validate_event  # as above

    validate_event.clear_cache()
