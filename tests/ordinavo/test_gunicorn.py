import os
import socket
import subprocess
import sys

from django.conf import settings


def test_a_port_in_use_is_said_in_a_sentence():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = subprocess.run(
            [sys.executable, "-m", "gunicorn", "-c", "python:ordinavo.gunicorn", "ordinavo.wsgi"],
            cwd=settings.BASE_DIR,
            env=os.environ | {"PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode != 0
    assert f"Address already in use. Choose another port, such as PORT={port + 1}." in done.stderr
