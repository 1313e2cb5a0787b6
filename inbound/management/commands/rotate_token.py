from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from inbound import tokens
from inbound.models import ApiToken


class Command(BaseCommand):
    help = "Issues a new token in the place of one, and prints it and nothing else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--days", type=int, default=7, help="how long the old one stays valid (7; 0 ends it now)")

    def handle(self, *args: Any, **options: Any) -> None:
        token = ApiToken.objects.filter(name=options["name"], revoked_at=None).first()
        if token is None:
            raise CommandError(f"There is no token called {options['name']}.")
        if options["days"] < 0:
            raise CommandError("--days must be 0 or more.")
        try:
            _new, raw = tokens.rotate(token=token, days=options["days"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(raw)
