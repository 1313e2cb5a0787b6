"""The command `manage.py configure_database`."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import ProgrammingError, connection, transaction
from psycopg import sql


class Command(BaseCommand):
    """Store the settings of database sessions, for a service behind a connection pooler."""

    help = (
        "Store the settings that every database session of the service needs, because a connection pooler does not "
        "pass them on. Run it over a direct connection to PostgreSQL. It can be repeated."
    )
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the option --role."""
        parser.add_argument("--role", help="the role that the service logs in as (default: the role of DATABASE_URL)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Store SESSION_SETTINGS for the role in this database, and print them.

        Raises CommandError, and stores nothing, if DATABASE_POOLER is not set, or the role is unknown or may not be
        changed.
        """
        if not settings.DATABASE_POOLER:
            raise CommandError(
                "Set DATABASE_POOLER to session or transaction first. Without a pooler nothing needs to be stored."
            )
        try:
            role, database = _store(options["role"])
        except ProgrammingError as error:
            raise CommandError(f"{str(error).splitlines()[0]}. Run it as the role itself or as a superuser.") from error
        self.stdout.write(f"Stored for role {role} in database {database}:")
        for setting in settings.SESSION_SETTINGS.items():
            self.stdout.write("  {}={}".format(*setting))
        self.stdout.write("Connections that a pooler has open do not have them yet: run RECONNECT in its console.")


@transaction.atomic
def _store(role: str | None) -> tuple[str, str]:
    """Store SESSION_SETTINGS for a role in this database, and return the names of the role and the database.

    The default is the current role. Raises ProgrammingError, and stores nothing, if the role is unknown or the current
    role may not change it.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT COALESCE(%s, current_user), current_database()", [role])
        role, database = cursor.fetchone()
        for name, value in settings.SESSION_SETTINGS.items():
            # FROM CURRENT takes the value as it is: SET would need different quotes for lists such as search_path.
            cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
            cursor.execute(
                sql.SQL("ALTER ROLE {} IN DATABASE {} SET {} FROM CURRENT").format(
                    sql.Identifier(role), sql.Identifier(database), sql.Identifier(*name.split("."))
                )
            )
    return role, database
