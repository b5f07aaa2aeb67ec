"""What the commands do on a terminal: ask, and draw progress bars."""

import sys
from collections.abc import Mapping
from typing import Any

from django.core.management.base import BaseCommand, CommandError, OutputWrapper


class PlainErrors:
    """The errors of a command as a stream that is written as it is: without colour, and without a new line after each
    part. A progress bar needs it to draw itself again in place."""

    def __init__(self, errors: OutputWrapper) -> None:
        self._errors = errors

    def write(self, text: str) -> None:
        self._errors.write(text, _as_it_is, "")

    def flush(self) -> None:
        self._errors.flush()

    def isatty(self) -> bool:
        return self._errors.isatty()


def _as_it_is(text: str) -> str:
    return text


def require_confirmation(command: BaseCommand, warning: str, options: Mapping[str, Any]) -> None:
    """Ask on a terminal, unless --yes is given; elsewhere, as in cron, go on. Any other answer than yes, and the end of
    the input, ends the command with exit code 1; an interrupt ends it with 130."""
    if options.get("yes") or not sys.stdin.isatty():
        return
    errors = PlainErrors(command.stderr)
    errors.write(f"{warning} Continue? [y/N] ")
    errors.flush()
    try:
        answer = input()
    except (EOFError, KeyboardInterrupt) as error:
        errors.write("\n")
        raise CommandError("Nothing was changed.", returncode=1 if isinstance(error, EOFError) else 130) from error
    if answer.strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was changed.")
