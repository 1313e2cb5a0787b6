from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from inbound import tokens
from inbound.models import ApiToken


class Command(BaseCommand):
    help = "Revokes an API token by its name, with effect on the next request."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")

    def handle(self, *args: Any, **options: Any) -> None:
        token = ApiToken.objects.filter(name=options["name"], revoked_at=None).first()
        if token is None:
            raise CommandError(f"There is no unrevoked token named '{options['name']}'.")
        tokens.revoke(token=token)
        self.stdout.write(f"Revoked '{token.name}'.")
