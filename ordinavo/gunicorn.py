"""How gunicorn serves; `gunicorn -c python:ordinavo.gunicorn ordinavo.wsgi`."""

import os
import socket
from typing import Any

_host, _port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))

bind = f"{_host}:{_port}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
threads = 4
worker_class = "gthread"
timeout = 60
graceful_timeout = 20
keepalive = 15  # longer than most load balancers wait, so that they do not meet a closing connection
loglevel = "warning"


def refuse_taken_port() -> None:
    """Raises SystemExit with a sentence, where gunicorn would try again for five seconds."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_host, _port))
        except OSError as error:
            reason = os.strerror(error.errno or 0)
            raise SystemExit(f"{bind}: {reason}. Choose another port, such as PORT={_port + 1}.") from error


def on_starting(server: Any) -> None:
    refuse_taken_port()
