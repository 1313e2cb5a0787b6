from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inbound import tokens
from inbound.rate_limits import DEFAULT_RATE_LIMIT
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem


class Command(BaseCommand):
    help = "Issues an API token and prints it, and nothing else, on standard output."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", help="who uses it, such as 'ERP nightly push'")
        parser.add_argument("--source-system", nargs="+", action="extend", required=True, metavar="KEY")
        parser.add_argument(
            "--scope",
            nargs="+",
            action="extend",
            required=True,
            metavar="SCOPE",
            help=", ".join(Scope.values),
        )
        parser.add_argument(
            "--days",
            type=int,
            default=tokens.DEFAULT_DAYS,
            help=f"valid for so many days, {tokens.DEFAULT_DAYS} unless told",
        )

        parser.add_argument(
            "--rate-limit",
            type=int,
            default=DEFAULT_RATE_LIMIT,
            metavar="N",
            help=f"requests a minute, {DEFAULT_RATE_LIMIT:,} unless told, 0 for no limit".replace(",", ""),
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["days"] <= tokens.MAX_DAYS:
            raise CommandError(f"--days must be from 1 to {tokens.MAX_DAYS}.")
        try:
            _, raw = tokens.issue(
                name=options["name"],
                scopes=_scopes(options["scope"]),
                source_systems=_source_systems(options["source_system"]),
                expires_at=timezone.now() + timedelta(days=options["days"]),
                rate_limit=options["rate_limit"],
            )
        except ValidationError as error:
            raise CommandError(_sentence(error)) from error
        self.stdout.write(raw)


def _sentence(error: ValidationError) -> str:
    return " ".join(
        message if field == NON_FIELD_ERRORS else f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


def _scopes(sent: list[str]) -> list[str]:
    if unknown := set(sent) - set(Scope.values):
        known = ", ".join(Scope.values)
        raise CommandError(f"No such scope: {', '.join(sorted(unknown))}. There are: {known}.")
    return list(dict.fromkeys(sent))


def _source_systems(keys: list[str]) -> list[SourceSystem]:
    systems = list(SourceSystem.objects.filter(key__in=keys))
    if unknown := set(keys) - {system.key for system in systems}:
        known = ", ".join(SourceSystem.objects.order_by("key").values_list("key", flat=True))
        raise CommandError(f"No such source system: {', '.join(sorted(unknown))}. There are: {known or 'none'}.")
    return systems
