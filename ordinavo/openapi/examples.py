"""The examples of docs/examples, which the tests send to the API and compare with its answers."""

import json
from functools import cache
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "examples"


def examples(*names: str) -> dict[str, Any]:
    """Return {"examples": ...} for an OpenAPI media type, with the named examples of docs/examples.

    The value is a dict of {"value": <the example>} by name. A name is that of a file without `.json`, or the code of a
    request error. A name without an example is left out. Returns an empty dict if no example is left. Raises KeyError
    if `request-errors.json` is missing, and JSONDecodeError if a file is not JSON.
    """
    found = {name: {"value": _by_name()[name]} for name in names if name in _by_name()}
    return {"examples": found} if found else {}


@cache
def _by_name() -> dict[str, Any]:
    """Return the JSON value of each `.json` file in FOLDER by its name without `.json`, and request errors by code.

    The request errors are the entries of `request-errors.json`, which is in the dict under its own name too; a code
    replaces a file of the same name. Read once per process, so callers must not change the dict. Raises KeyError if
    `request-errors.json` is missing, and JSONDecodeError if a file is not JSON.
    """
    files = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    return files | files["request-errors"]
