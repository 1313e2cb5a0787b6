"""Django's command, which also checks a password that comes from the environment."""

import os
from typing import Any

from django.contrib.auth.management.commands import createsuperuser
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import CommandError


class Command(createsuperuser.Command):
    """Create a superuser. With --noinput, refuse a weak password, which Django's own command accepts."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Create the superuser. Raises CommandError if DJANGO_SUPERUSER_PASSWORD is refused by a password validator."""
        password = os.environ.get("DJANGO_SUPERUSER_PASSWORD")
        if password and not options["interactive"]:
            username = options["username"] or os.environ.get("DJANGO_SUPERUSER_USERNAME", "")
            email = options["email"] or os.environ.get("DJANGO_SUPERUSER_EMAIL", "")
            try:
                validate_password(password, User(username=username, email=email))
            except ValidationError as error:
                raise CommandError("\n".join(error.messages)) from error
        return super().handle(*args, **options)
