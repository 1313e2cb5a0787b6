"""The Django engine "ordinavo.embedded_postgres": PostgreSQL, started with the first connection."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from django.db.backends.postgresql import base, client
from django.utils.asyncio import async_unsafe

from ordinavo.embedded_postgres import cluster
from ordinavo.embedded_postgres.folders import find_installation


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(
        cls, settings_dict: dict[str, Any], parameters: Iterable[str]
    ) -> tuple[list[str], dict[str, str] | None]:
        arguments, environment = super().settings_to_cmd_args_env(settings_dict, parameters)
        return [str(find_installation() / "bin" / cls.executable_name), *arguments[1:]], environment

    def runshell(self, parameters: Iterable[str]) -> None:
        cluster.ensure_running(Path(self.connection.settings_dict["CHECKOUT"]))
        super().runshell(parameters)


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def get_connection_params(self) -> dict[str, Any]:
        # Here and not in get_new_connection, because procrastinate's worker takes the parameters and connects itself.
        cluster.ensure_running(Path(self.settings_dict["CHECKOUT"]))
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters

    @async_unsafe
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return super().get_new_connection(conn_params)
        except self.Database.OperationalError:
            cluster.wait_until_ready(Path(self.settings_dict["CHECKOUT"]))
            return super().get_new_connection(conn_params)
