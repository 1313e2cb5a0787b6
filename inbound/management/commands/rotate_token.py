"""The command rotate_token."""

from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from inbound import tokens
from inbound.models import ApiToken
from ordinavo.common.limits import MAX_TOKEN_DAYS


class Command(BaseCommand):
    """Replace an API token by a new one, and print the new one to standard output, with nothing else."""

    help = "Replace an API token by a new one with the same rights. Only the new token is printed to standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the name of the token and --days: how long the old token stays valid, 7 unless given; 0 ends it."""
        parser.add_argument("name", help="the name of the token")
        parser.add_argument(
            "--days",
            type=int,
            default=7,
            help="days that the old token stays valid, 0 to revoke it at once (default: %(default)s)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate the token and print the signed form of the new one, and nothing else, to standard output.

        The old token stays valid for --days more days, but not beyond its own expiry. Raises CommandError if no
        unrevoked token has the name, the token is expired, or --days is not from 0 to MAX_TOKEN_DAYS. A database error
        is not caught.
        """
        token = ApiToken.objects.filter(name=options["name"], revoked_at=None).first()
        if token is None:
            raise CommandError(f"There is no unrevoked token named '{options['name']}'.")
        if not 0 <= options["days"] <= MAX_TOKEN_DAYS:
            raise CommandError(f"--days must be from 0 to {MAX_TOKEN_DAYS}.")
        try:
            _, raw = tokens.rotate(token=token, days=options["days"])
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        self.stdout.write(raw)
