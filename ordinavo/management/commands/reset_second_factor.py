"""Remove the second factor of a user who cannot log in any more."""

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from ordinavo.admin.second_factor import reset_second_factor


class Command(BaseCommand):
    """Remove a user's second factor and recovery codes, so that the password alone is enough."""

    help = "Remove the second factor and the recovery codes of a user, who then logs in with the password alone."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the argument: the user name."""
        parser.add_argument("username", help="the name of the user")

    def handle(self, *args: Any, **options: Any) -> None:
        """Remove the second factor. Raises CommandError if there is no such user, or the user has no second factor."""
        username = options["username"]
        user = User.objects.filter(username=username).first()
        if user is None:
            raise CommandError(f"There is no user {username!r}.")
        if not reset_second_factor(user=user, by=user):
            raise CommandError(f"The user {username!r} has no second factor.")
        self.stdout.write(f"The user {username!r} now logs in with the password alone.")
