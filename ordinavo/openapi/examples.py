"""The examples of docs/examples, which the tests send to the API and compare with its answers."""

import json
from functools import cache
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "examples"


def examples(*names: str) -> dict[str, Any]:
    """Return {"examples": ...} for an OpenAPI media type, with the named examples of docs/examples.

    A name is that of a file without `.json`, or the code of a request error. A name without an example is left out.
    Returns an empty dict if no example is left.
    """
    found = {name: {"value": _by_name()[name]} for name in names if name in _by_name()}
    return {"examples": found} if found else {}


@cache
def _by_name() -> dict[str, Any]:
    """Return the examples of all files by name, and those of `request-errors.json` by code. Read once per process.

    Raises KeyError if `request-errors.json` is missing, and JSONDecodeError if a file is not JSON.
    """
    files = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    return files | files["request-errors"]
