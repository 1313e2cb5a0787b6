"""Compares the server with /openapi.json: python -m tests.contract [options of `schemathesis run`]."""

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
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the server and its database go with us
    # The description says the most targets of a batch, and batches one over it are tried.
    with fresh_server(MAX_BATCH_ITEMS="20") as server:
        return compare(server, options)


def compare(server: Server, options: list[str]) -> int:
    api = server.base_url + BASE_PATH
    command = [Path(sys.executable).parent / "schemathesis", "--config-file", HERE / "schemathesis.toml"]
    command += ["run", f"{api}/openapi.json", "--url", api, *options]
    environment = os.environ | {"CONTRACT_TOKEN": server.token, "SCHEMATHESIS_HOOKS": "tests.contract.hooks"}
    return subprocess.run(command, cwd=CHECKOUT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
