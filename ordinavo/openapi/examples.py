"""The documented examples, which the tests send and compare: docs/examples, a file each, errors by code in one."""

import json
from functools import cache
from typing import Any

from django.conf import settings

FOLDER = settings.BASE_DIR / "docs" / "examples"


def examples(*names: str) -> dict[str, Any]:
    """For a media type; a name without a file has none."""
    found = {name: {"value": _read()[name]} for name in names if name in _read()}
    return {"examples": found} if found else {}


@cache
def _read() -> dict[str, Any]:
    read = {path.stem: json.loads(path.read_text()) for path in FOLDER.glob("*.json")}
    return read | read["request-errors"]
