"""Write the Postman collection: python -m tests.postman. With the argument `run`, run it against a new server."""

import os
import signal
import subprocess
import sys
from pathlib import Path

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.postman import collection  # noqa: E402
from tests.servers import fresh_server  # noqa: E402

NEWMAN = Path(__file__).parent / "node_modules" / ".bin" / "newman"
RUNS = 2  # the collection must also pass on the data of its first run


def run() -> int:
    """Run the collection with newman and return its exit status."""
    with fresh_server() as server:
        variables = [f"--env-var=baseUrl={server.base_url}", f"--env-var=apiKey={server.token}"]
        command = [NEWMAN, "run", collection.FILE, *variables, f"--iteration-count={RUNS}"]
        command += ["--reporters=cli", "--color=off", "--timeout-request=30000"]
        return subprocess.run(command, check=False).returncode


if sys.argv[1:] == ["run"]:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that fresh_server stops the server and its database
    sys.exit(run())
collection.FILE.write_text(collection.text())
