"""`create_key`: create an API key and show it once."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from analytics.access.flow.create_key import SCOPES, KeyExists, create_key
from analytics.management.base import ServiceCommand
from analytics.sources.url_spelling import BadUrl


class Command(ServiceCommand):
    help = "Create a key for an application and show it once. Only its hash is stored."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="the application; made if it is new")
        parser.add_argument(
            "--domain", action="append", default=[], metavar="D", help="a host it may write for; any unless given"
        )
        parser.add_argument("--scope", action="append", choices=SCOPES, help="both unless given")
        parser.add_argument("--key", metavar="VALUE", help="this key rather than a random one")

    def handle(self, **options: Any) -> None:
        if options["key"] == "":
            raise CommandError("--key is empty.", returncode=2)
        if "" in options["domain"]:
            raise CommandError("--domain is empty.", returncode=2)
        try:
            key = create_key(options["name"], options["domain"], options["scope"] or SCOPES, options["key"])
        except KeyExists as error:
            raise CommandError(str(error)) from error
        except BadUrl as error:
            raise CommandError("--domain must be a host name, as example.com.", returncode=2) from error
        self.stdout.write(key)
        self.stderr.write(f"The key of {options['name']}. It is not shown again.")
