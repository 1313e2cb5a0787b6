"""The Django database engine "ordinavo.embedded_postgres"."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, client
from django.utils.asyncio import async_unsafe

from ordinavo.embedded_postgres import launcher
from ordinavo.embedded_postgres.folders import find_installation


class DatabaseClient(client.DatabaseClient):
    """The client of `manage.py dbshell`: the psql of the embedded PostgreSQL."""

    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        """Return the arguments and the environment of psql, with the full path of the program.

        Raises EmbeddedPostgresError if the wheel with the programs is not installed.
        """
        arguments, environment = super().settings_to_cmd_args_env(settings_dict, parameters)
        return [str(find_installation() / "bin" / cls.executable_name), *arguments[1:]], environment

    def runshell(self, parameters: Iterable[str]) -> None:
        """Start the server if it does not run, then run psql until the user leaves it.

        Raises ImproperlyConfigured if the embedded PostgreSQL cannot be used here, OperationalError if the server fails
        to start, and CalledProcessError if psql ends with an error.
        """
        launcher.ensure_running(Path(self.connection.settings_dict["CHECKOUT"]))
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    """Django's PostgreSQL connection to a server that starts when it is needed."""

    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        """Start the server if it does not run, and return the parameters of a connection to it.

        The start belongs here and not in get_new_connection: procrastinate's worker connects with these parameters
        itself. Raises ImproperlyConfigured if the embedded PostgreSQL cannot be used here, such as without its wheel,
        and OperationalError if the server fails to start.
        """
        launcher.ensure_running(Path(self.settings_dict["CHECKOUT"]))
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; if the server does not accept the connection, wait until it is ready and try once more.

        Raises OperationalError if the server is not ready within 60 seconds or the second attempt fails, and
        ImproperlyConfigured if the embedded PostgreSQL cannot be used here any more.
        """
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            launcher.wait_until_ready(Path(self.settings_dict["CHECKOUT"]))
            return super().get_new_connection(conn_params)
