"""Compare a server with its OpenAPI document: python -m tests.contract [options of `schemathesis run`]."""

import os
import signal
import subprocess
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.servers import CHECKOUT, Server, fresh_server  # noqa: E402

HERE = Path(__file__).parent
BASE_PATH = "/api/connect/v1"


def main(options: list[str]) -> int:
    """Start a server with an empty database, compare it, and return the exit status of schemathesis."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that fresh_server stops the server and its database
    # schemathesis also sends batches of one target too many, so the limit must be small.
    with fresh_server(MAX_BATCH_ITEMS="20") as server:
        return compare(server, options)


def compare(server: Server, options: list[str]) -> int:
    """Run schemathesis against a server and return its exit status."""
    api = server.base_url + BASE_PATH
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{api}/openapi.json", "--url", api, *options]
    environment = os.environ | {
        "CONTRACT_TOKEN": server.token,
        "CONTRACT_URL": api,
        "SCHEMATHESIS_HOOKS": "tests.contract.hooks",
    }
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
