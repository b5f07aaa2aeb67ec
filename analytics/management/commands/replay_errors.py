"""`replay_errors`: try the events of error records again."""

from typing import Any

from analytics.ingest.flow.replay_errors import ReplayResult, replay
from analytics.management.base import ServiceCommand


class Command(ServiceCommand):
    help = "Store the events among the error records that satisfy their schema by now, as after a correction of it."

    def handle(self, **options: Any) -> None:
        total = ReplayResult(0, 0, 0)
        for result in replay():
            total = ReplayResult(*map(sum, zip(total, result, strict=True)))
        self.stdout.write(
            f"Stored {total.stored} events; {total.duplicates} were there already, {total.invalid} are still not good."
        )
