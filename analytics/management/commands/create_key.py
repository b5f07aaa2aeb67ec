"""`create_key`: create an API key and show it once."""

import re
from argparse import ArgumentParser, ArgumentTypeError
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import CommandError

from analytics import clock
from analytics.access.flow.create_key import DEFAULT_SCOPES, SCOPES, KeyExists, create_key
from analytics.http.fields import parse_moment
from analytics.live.flow.own_site import own_site
from analytics.management.base import ServiceCommand
from analytics.sources.url_spelling import BadUrl, normal_host

DAYS = re.compile(r"(\d{1,5})d")


def parse_end(text: str) -> datetime:
    """Return the time at which a key ends: a number of days from now, as 90d, or an ISO 8601 date or time in UTC."""
    try:
        days = DAYS.fullmatch(text)
        end = clock.now() + timedelta(days=int(days[1])) if days else parse_moment(text)
    except ValueError as error:
        raise ArgumentTypeError("must be a number of days, as 90d, or a date or time, as 2027-01-31") from error
    if end <= clock.now():
        raise ArgumentTypeError(f"{text} lies in the past")
    return end


class Command(ServiceCommand):
    help = "Create a key for an application and show it once. Only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the application; made if it is new")
        parser.add_argument(
            "--domain",
            action="append",
            default=[],
            metavar="D",
            help="a host it is for; any unless given",
        )
        parser.add_argument(
            "--scope",
            action="append",
            choices=SCOPES,
            help="what it may do; give it more than once for several. collect: send events, views and visits. read: "
            "read sites, pages and live pages. query: ask questions and read events, or "
            "with domains questions about their blogs. collect and read unless given",
        )
        parser.add_argument(
            "--expires", type=parse_end, metavar="WHEN", help="90d, or an ISO 8601 date (its midnight) or time; UTC"
        )
        parser.add_argument("--key", metavar="VALUE", help="this key rather than a random one")
        parser.add_argument(
            "--site", action="append", default=[], metavar="HOST", help="let the pages of this host become blogs"
        )
        parser.add_argument(
            "--owner", metavar="USER", help="whose blogs they become; the only administrator's if omitted"
        )

    def handle(self, **options: Any) -> None:
        if options["key"] == "":
            raise CommandError("--key is empty.", returncode=2)
        if "" in options["domain"]:
            raise CommandError("--domain is empty.", returncode=2)
        owner = _owner(options["owner"]) if options["site"] else 0
        try:
            sites = [normal_host(host) for host in options["site"]]
        except BadUrl as error:
            raise CommandError("--site must be a host name, as www.example.com.", returncode=2) from error
        self.stdout.write(_create(options))
        for host in sites:
            own_site(host, owner, clock.now())
        end = f" It expires on {options['expires']:%Y-%m-%d at %H:%M} UTC." if options["expires"] else ""
        self.stderr.write(f"The key of {options['name']}. It is not shown again.{end}")


def _owner(name: str | None) -> int:
    """Return the id of the user of this name; without a name, that of the only administrator."""
    users = get_user_model().objects
    wanted = users.filter(username=name) if name else users.filter(is_superuser=True, is_active=True)
    found = list(wanted.values_list("pk", flat=True)[:2])
    if len(found) != 1:
        reason = f"There is no user {name!r}." if name else "Say by --owner whose blogs the pages become."
        raise CommandError(reason, returncode=2)
    return found[0]


def _create(options: dict[str, Any]) -> str:
    scopes = options["scope"] or DEFAULT_SCOPES
    try:
        return create_key(options["name"], options["domain"], scopes, options["key"], expires_at=options["expires"])
    except KeyExists as error:
        raise CommandError(str(error)) from error
    except BadUrl as error:
        raise CommandError("--domain must be a host name, as example.com.", returncode=2) from error
