"""The examples of docs/examples, which the tests send to the API and compare with its answers."""

import json
from functools import cache
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "examples"


def examples(*names: str) -> dict[str, Any]:
    """Return the `examples` of an OpenAPI media type. A name is a file without `.json`, or the code of a request error.

    Names without an example are left out. Returns an empty dict if none is left.
    """
    found = {name: {"value": _by_name()[name]} for name in names if name in _by_name()}
    return {"examples": found} if found else {}


@cache
def _by_name() -> dict[str, Any]:
    files = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    return files | files["request-errors"]
