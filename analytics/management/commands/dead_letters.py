"""`dead_letters`: list, mend, store and delete what was acknowledged and could not be stored."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError

from analytics.ingest.flow import mend_dead_letters
from analytics.ingest.flow.mend_dead_letters import MendResult, NoSuchLetter, StillDead, Unreadable
from analytics.management.arguments import parse_positive
from analytics.management.base import ServiceCommand

SHORT_REASON = 100
"""The most characters of a reason in a list."""
BAD_PAYLOAD = 2


class Command(ServiceCommand):
    help = """Look after dead letters: what was acknowledged and could not be stored. Exit code 1: the letter does not
    exist, or cannot be stored yet and is kept; 2: the payload cannot be read."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True, metavar="list|show|store|delete")
        actions.add_parser("list", help="list the letters, a line each")
        for name, text in {
            "show": "write a letter as JSON to standard output, to be mended",
            "store": "store a letter and delete it; what is stored already is not stored again",
            "delete": "delete a letter; its delivery is lost",
        }.items():
            action = actions.add_parser(name, help=text)
            action.add_argument("id", type=parse_positive, metavar="ID")
            if name == "store":
                action.add_argument("--payload", metavar="FILE", help="the mended JSON, or - for standard input")

    def handle(self, **options: Any) -> None:
        try:
            match options["action"]:
                case "list":
                    self._list()
                case "show":
                    self.stdout.write(mend_dead_letters.show(int(options["id"])).decode())
                case "store":
                    self._store(int(options["id"]), options.get("payload"))
                case "delete":
                    mend_dead_letters.delete(int(options["id"]))
                    self.stdout.write(f"Deleted dead letter {options['id']}.")
        except NoSuchLetter as error:
            raise CommandError(str(error)) from error
        except StillDead as error:
            storing = options["action"] == "store"
            verb, kept = ("stored", " It was kept.") if storing else ("shown", "")
            raise CommandError(f"Dead letter {options['id']} cannot be {verb}: {error}{kept}") from error
        except Unreadable as error:
            raise CommandError(f"--payload: {error}", returncode=BAD_PAYLOAD) from error

    def _list(self) -> None:
        number = 0
        for number, each in enumerate(mend_dead_letters.list_letters(), 1):  # noqa: B007 - read after the loop
            at = f"{each.set_aside_at:%Y-%m-%d %H:%M:%S}"
            self.stdout.write(f"{each.id}  {at}  {each.size} bytes  {each.entry}  {each.reason[:SHORT_REASON]}")
        if not number:
            self.stderr.write("There are no dead letters.")

    def _store(self, id: int, payload: str | None) -> None:
        result = mend_dead_letters.store(id, _read(payload) if payload is not None else None)
        self.stdout.write(f"Stored dead letter {id}: {_in_words(result)}.")


def _read(path: str) -> bytes:
    try:
        return sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
    except OSError as error:
        raise CommandError(f"--payload: {error}", returncode=BAD_PAYLOAD) from error


def _in_words(result: MendResult) -> str:
    """Return the numbers that are not 0.

    >>> _in_words(MendResult(events=2, left=1))
    '2 events, 1 views set aside again because their blog does not exist'
    """
    words = {
        "events": result.events,
        "views": result.views,
        "visits": result.visits,
        "error records": result.errors,
        "were stored before": result.duplicates,
        "were erased": result.erased,
        "views set aside again because their blog does not exist": result.left,
    }
    return ", ".join(f"{number} {what}" for what, number in words.items() if number) or "nothing was left to store"
