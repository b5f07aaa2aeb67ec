"""`migrate_facts`: create the tables of the facts on the ClickHouse cluster."""

from typing import Any

from django.core.management.base import CommandError

from analytics import conf
from analytics.management.base import ServiceCommand
from analytics.warehouse.flow import migrate_facts


class Command(ServiceCommand):
    help = "Create or extend the tables of the facts on the cluster that IDEEZA_FACTS names, on all its servers."

    def handle(self, **options: Any) -> None:
        if not conf.facts_cluster():
            raise CommandError("IDEEZA_FACTS is not set: the database holds all facts.")
        done = list(map(self._report, migrate_facts.migrate()))
        if not done:
            self.stdout.write("The cluster has all tables.")

    def _report(self, migration: str) -> None:
        self.stdout.write(f"Applied {migration}.")
