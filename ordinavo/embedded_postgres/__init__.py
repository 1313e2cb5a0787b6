"""A PostgreSQL for development and tests: it starts with the first connection and ends with the last process using it.

`base.py` is the Django engine, `cluster.py` what a process that uses the database does, `supervisor.py` the process
that starts, watches and stops the server (`server.py`). Nothing runs before a connection is opened.
"""

import os
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.folders import DATABASE, PORT, own_folder, socket_directory

__all__ = ["database_settings", "own_folder"]


def database_settings(checkout: Path) -> dict[str, Any]:
    """An entry for Django's DATABASES. Touches no file and starts nothing."""
    if os.name != "posix":
        from django.core.exceptions import ImproperlyConfigured

        from ordinavo.embedded_postgres.folders import NOT_AVAILABLE

        raise ImproperlyConfigured(NOT_AVAILABLE)
    return {
        "ENGINE": "ordinavo.embedded_postgres",
        "NAME": DATABASE,
        "USER": "postgres",
        "HOST": str(socket_directory(checkout)),
        "PORT": PORT,
        "CHECKOUT": str(checkout),
    }
