"""Read a value that was sent in a form that the API refuses, such as "12,5" or "31.12.2026", if it is unambiguous."""

from collections.abc import Callable
from datetime import tzinfo
from typing import Any

from importjobs.files.conversion import convert_of
from ordinavo.common import scalars
from targets.countries import COUNTRY_CODES
from templates.models import TargetTemplate

_STYLES = ("german", "english")
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "integer": scalars.parse_integer,
    "decimal": scalars.parse_decimal,
    "boolean": scalars.parse_boolean,
    "date": scalars.parse_date,
    "datetime": scalars.parse_datetime,
}


def reading_of(text: str, path: str, type_name: str, *, template: TargetTemplate | None, zone: tzinfo) -> str:
    """Return the value that a text means, as the API reads it, or "" if it can mean several or none.

    "12,5" is "12.5", and "12 kg" is "12" in a field with this unit; "1.234" is "", because it can be 1234 or 1.234.
    `type_name` is that of a custom field. A local time is in the zone.
    """
    found = [convert_of(path, template, style=style, zone=zone)(text) for style in _STYLES]
    usable = {_text_of(value) for value in found if _fits(value, type_name, path)}
    return usable.pop() if len(usable) == 1 else ""


def _text_of(value: Any) -> str:
    """Return a value as text, booleans as JSON has them."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _fits(value: Any, type_name: str, path: str) -> bool:
    """Return whether a field of a type accepts a value. Texts do not count, because any text is one."""
    if path.endswith(".country"):
        return value in COUNTRY_CODES
    parse = _PARSERS.get(type_name)
    try:
        return parse is not None and parse(value) is not None
    except ValueError:
        return False
