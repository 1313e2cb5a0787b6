"""How it is served: `python -m ordinavo.server`, in production and on a developer's machine alike.

Granian, because beside gunicorn's threads it answers as many imports or more on the same cores (docs/operations.md)."""

import logging
import os
import socket
from pathlib import Path

import environ
from granian import Granian
from granian.constants import HTTPModes, Interfaces
from granian.log import LogLevels

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env")  # as the settings do, in each process
HOST, PORT = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
PROCESSES = int(os.environ.get("WEB_CONCURRENCY", "2"))
# Connections of a process, and more threads than that: those wait for one, and after some seconds answer 503.
os.environ.setdefault("DATABASE_POOL_SIZE", "3")
THREADS = int(os.environ.setdefault("WEB_THREADS", "16"))


def refuse_taken_port() -> None:
    """Raises SystemExit with a sentence, where every process would say it in its own way."""
    with socket.socket(socket.AF_INET6 if ":" in HOST else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, PORT))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise SystemExit(f"{HOST}:{PORT}: {reason}. Choose another port, such as PORT={PORT + 1}.") from error


def _is_news(record: logging.LogRecord) -> bool:
    """Granian warns of more threads than cores: here most of them wait for a connection, see THREADS."""
    return "spawning up to" not in record.getMessage()


def main() -> None:
    refuse_taken_port()
    logging.getLogger("_granian").addFilter(_is_news)
    Granian(
        "ordinavo.wsgi:application",
        address=HOST,
        port=PORT,
        interface=Interfaces.WSGI,
        http=HTTPModes.http1,
        websockets=False,
        workers=PROCESSES,
        blocking_threads=THREADS,
        respawn_failed_workers=True,
        workers_kill_timeout=60,
        log_level=LogLevels.warning,
        reload=bool(os.environ.get("RELOAD")),
    ).serve()


if __name__ == "__main__":
    main()
