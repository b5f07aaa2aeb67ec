"""What the commands' arguments have in common."""

from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Callable
from datetime import date
from functools import wraps
from ipaddress import ip_address
from typing import Any

from django.core.management.base import CommandError

from analytics.management.base import EXIT_CONFIG, NOT_MIGRATED, is_not_migrated
from analytics.sources.lookups import ip_addresses
from analytics.warehouse.flow.roll_up import AlreadyRunning, TriggersMissing
from tally.errors import TallyError
from tally.span import Span

MAX_DIGITS = 9
"""The digits of the largest number that a command takes."""
EXIT_TRY_AGAIN = 75
"""EX_TEMPFAIL of sysexits.h: nothing is wrong, another run is at work."""


def parse_positive(text: str | int) -> int:
    digits = str(text)
    if not digits.isdecimal() or len(digits) > MAX_DIGITS or int(digits) < 1:
        raise ArgumentTypeError(f"{digits[:40]} is not a whole number from 1 to {10**MAX_DIGITS - 1}")
    return int(digits)


def parse_date(text: str | date) -> date:
    try:
        return date.fromisoformat(str(text))
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not a date like 2024-12-31") from error


def parse_span(first: str | date | None, last: str | date | None) -> Span:
    """Return the span from --from to --to, both included; either may be missing. The values may be text, because
    `call_command` passes them on unparsed."""
    try:
        return Span.closed(*(None if given is None else parse_date(given) for given in (first, last)))
    except (TallyError, ArgumentTypeError) as error:
        raise CommandError(f"--from and --to: {error}", returncode=2) from error


def parse_address(text: str) -> str:
    try:
        return str(ip_addresses.parse_address(text) or ip_address(text))
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is not an IP address") from error


def add_confirmation(parser: ArgumentParser) -> None:
    """Add --yes and --dry-run to a command that deletes data for good."""
    parser.add_argument("--yes", action="store_true", help="do not ask, where this runs on a terminal")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done, and change nothing")


def exit_75_when_locked(handle: Callable[..., None]) -> Callable[..., None]:
    """Wrap a command so that it ends with the exit code for "try again later" and a message when another run is at
    work. Missing triggers also end the command with a message, with the usual exit code for errors."""

    @wraps(handle)
    def handle_or_exit(*args: Any, **options: Any) -> None:
        try:
            handle(*args, **options)
        except AlreadyRunning as error:
            raise CommandError(str(error), returncode=EXIT_TRY_AGAIN) from error
        except TriggersMissing as error:
            if is_not_migrated():
                raise CommandError(NOT_MIGRATED, returncode=EXIT_CONFIG) from error
            raise CommandError(str(error)) from error

    return handle_or_exit
