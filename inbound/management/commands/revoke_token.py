"""The command revoke_token."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbound import tokens
from inbound.models import ApiToken


class Command(BaseCommand):
    """Revoke an API token."""

    help = "Revoke an API token by its name. It is refused from the next request on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the name of the token."""
        parser.add_argument("name", help="the name of the token")

    def handle(self, *args: Any, **options: Any) -> None:
        """Revoke the token and print its name to standard output. No user is recorded as the one who revoked it.

        Raises CommandError if no unrevoked token has the name. A database error is not caught.
        """
        token = ApiToken.objects.filter(name=options["name"], revoked_at=None).first()
        if token is None:
            raise CommandError(f"There is no unrevoked token named '{options['name']}'.")
        tokens.revoke(token=token)
        self.stdout.write(f"Revoked '{token.name}'.")
