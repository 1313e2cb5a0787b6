"""The command issue_token."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from inbound import networks, tokens
from ordinavo.common.limits import DEFAULT_RATE_LIMIT, DEFAULT_TOKEN_DAYS, MAX_TOKEN_DAYS
from ordinavo.common.scopes import Scope
from targets.models import SourceSystem


class Command(BaseCommand):
    """Issue an API token and print it to standard output, with nothing else."""

    help = "Issue an API token. Only the token is printed to standard output. It cannot be shown again."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the name, --source-system and --scope (required), --days, --rate-limit and --allow-network.

        --source-system, --scope and --allow-network take several values each, and may be repeated. The last three are
        optional. --rate-limit is in requests a minute; 0 sets no limit.
        """
        parser.add_argument("name", help="who uses the token, such as 'ERP nightly push'")
        parser.add_argument("--source-system", nargs="+", action="extend", required=True, metavar="KEY")
        parser.add_argument(
            "--scope", nargs="+", action="extend", required=True, metavar="SCOPE", help=", ".join(Scope.values)
        )
        parser.add_argument(
            "--days", type=int, default=DEFAULT_TOKEN_DAYS, help="days until the token expires (default: %(default)s)"
        )
        parser.add_argument(
            "--rate-limit",
            type=int,
            default=DEFAULT_RATE_LIMIT,
            metavar="N",
            help="requests allowed a minute, 0 for no limit (default: %(default)s)",
        )
        parser.add_argument(
            "--allow-network",
            nargs="+",
            action="extend",
            default=[],
            metavar="NETWORK",
            help="network from which the token may be used, such as 192.0.2.0/24 (default: from everywhere)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Issue the token and print its signed form, and nothing else, to standard output.

        Raises CommandError if an argument is not accepted, such as an unknown scope or source system, a text that is no
        network, or a name in use. A database error is not caught.
        """
        if not 1 <= options["days"] <= MAX_TOKEN_DAYS:
            raise CommandError(f"--days must be from 1 to {MAX_TOKEN_DAYS}.")
        try:
            _, raw = tokens.issue(
                name=options["name"],
                scopes=_scopes(options["scope"]),
                source_systems=_source_systems(options["source_system"]),
                expires_at=timezone.now() + timedelta(days=options["days"]),
                rate_limit=options["rate_limit"],
                allowed_networks=_networks(options["allow_network"]),
            )
        except ValidationError as error:
            raise CommandError(_message(error)) from error
        self.stdout.write(raw)


def _message(error: ValidationError) -> str:
    """Return all messages of a validation error as one text, separated by spaces.

    A message about one field begins with the field's name and a colon, such as "name: …". Raises AttributeError if the
    error was not made by field, as those of `full_clean` are.
    """
    return " ".join(
        message if field == NON_FIELD_ERRORS else f"{field}: {message}"
        for field, messages in error.message_dict.items()
        for message in messages
    )


def _scopes(sent: list[str]) -> list[str]:
    """Return the scopes in the order sent, without repetitions. Raises CommandError if one is unknown."""
    if unknown := set(sent) - set(Scope.values):
        known = ", ".join(Scope.values)
        raise CommandError(f"No such scope: {', '.join(sorted(unknown))}. There are: {known}.")
    return list(dict.fromkeys(sent))


def _source_systems(keys: list[str]) -> list[SourceSystem]:
    """Return the source systems with these keys, each once and ordered by name, active or not.

    Raises CommandError if a key is unknown.
    """
    systems = list(SourceSystem.objects.filter(key__in=keys))
    if unknown := set(keys) - {system.key for system in systems}:
        known = ", ".join(SourceSystem.objects.order_by("key").values_list("key", flat=True))
        raise CommandError(f"No such source system: {', '.join(sorted(unknown))}. There are: {known or 'none'}.")
    return systems


def _networks(sent: list[str]) -> list[str]:
    """Return the networks in the form in which they are stored.

    Raises CommandError if a text is no network. A blank text is refused too: an unset variable of a script must not
    issue a token that may be used from everywhere.
    """
    if not all(text.strip() for text in sent):
        raise CommandError("--allow-network must name a network, such as 192.0.2.0/24.")
    try:
        return networks.normalise(" ".join(sent))
    except ValidationError as error:
        raise CommandError(" ".join(error.messages)) from error
