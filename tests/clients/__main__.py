"""Generate clients from a running server and use them: python -m tests.clients.

A Python client (openapi-python-client) and a TypeScript client (openapi-typescript with openapi-fetch), both checked
for types, then taken through the life of an order. The documents are checked with redocly's recommended rules first.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"

import django

django.setup()

from tests.servers import CHECKOUT, Server, fresh_server  # noqa: E402

HERE = Path(__file__).parent
BINARIES = Path(sys.executable).parent
TYPESCRIPT = HERE / "typescript"
GENERATED = TYPESCRIPT / "generated"
DOCUMENTS = ("openapi.json", "openapi-3.0.json")


def main() -> None:
    """Start a server with demo data, and run all checks. Raises CalledProcessError or SystemExit if one fails."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that fresh_server stops the server and its database
    with fresh_server() as server:
        for name in DOCUMENTS:
            lint(f"{server.base_url}/{name}")
            use_python_client(server, name)
        use_typescript_client(server, DOCUMENTS[0])


def lint(url: str) -> None:
    """Check a document with redocly. Raises SystemExit with its problems if it has any, warnings included."""
    print(f"Linting {url}", flush=True)
    quiet = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    command = [_npm("redocly"), "lint", url, "--config", TYPESCRIPT / "redocly.yaml", "--format", "json"]
    done = subprocess.run(command, env=os.environ | quiet, capture_output=True, text=True, check=False)
    if not done.stdout:  # it could not start, for example because Node.js is too old
        sys.exit(done.stderr)
    if problems := json.loads(done.stdout)["problems"]:
        sys.exit(json.dumps(problems, indent=2))


def use_python_client(server: Server, document: str) -> None:
    """Generate the client in a new folder, check its types and the program's, and run the program.

    A part of the document that the generator would leave out fails the generation.
    """
    print(f"Generating the Python client from {document}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "connect_client"
        generate = [BINARIES / "openapi-python-client", "generate", "--fail-on-warning", "--meta", "none"]
        path = {"PATH": f"{BINARIES}:{os.environ['PATH']}", "PYTHONPATH": folder, "MYPYPATH": folder}
        _run([*generate, "--url", f"{server.base_url}/{document}", "--output-path", package], path)
        mypy = [sys.executable, "-m", "mypy", "--config-file=", f"--cache-dir={CHECKOUT}/.mypy_cache/clients"]
        mypy += ["--explicit-package-bases", "--follow-imports=silent"]
        # Not client.py: it is the same for every document, and mypy rejects it.
        _run([*mypy, package / "api", package / "models"], path)
        program = HERE / "python" / "steps.py"
        _run([*mypy, "--strict", program], path)
        _run([sys.executable, program, f"{server.base_url}/api/connect/v1", server.token], path)


def use_typescript_client(server: Server, document: str) -> None:
    """Generate the types, compile the program strictly, and run it."""
    print(f"Generating the TypeScript client from {document}", flush=True)
    _run([_npm("openapi-typescript"), f"{server.base_url}/{document}", "--output", GENERATED / "schema.ts"])
    _run([_npm("tsc"), "--project", TYPESCRIPT])
    _run(["node", GENERATED / "build" / "steps.js", f"{server.base_url}/api/connect/v1", server.token])


def _run(command: list[Any], environment: dict[str, str] | None = None) -> None:
    """Run a command in the folder of the TypeScript program. Raises CalledProcessError if it fails."""
    subprocess.run(command, cwd=TYPESCRIPT, env=os.environ | (environment or {}), check=True)


def _npm(name: str) -> Path:
    """Return the path of an installed npm command."""
    return TYPESCRIPT / "node_modules" / ".bin" / name


if __name__ == "__main__":
    main()
