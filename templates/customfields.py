"""Types the custom fields of an import by its template."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from .findings import Finding, quote
from .models import CustomField


class TypedFields(NamedTuple):
    values: dict[str, Any]
    errors: list[Finding]
    warnings: list[Finding]


def read(fields: Iterable[CustomField], sent: dict[str, Any]) -> TypedFields:
    """Types what was sent. None is kept: it empties a field. Unknown keys are kept as sent."""
    known = {field.key: field for field in fields}
    values, errors, warnings = dict(sent), [], []
    for key, value in sent.items():
        if (field := known.get(key)) is None:
            warnings.append(_unknown(key))
        elif value is not None:
            try:
                values[key] = field.parse(value)
            except ValueError:
                errors.append(_unreadable(field, value))
    return TypedFields(values, errors, warnings)


def missing(fields: Iterable[CustomField], values: dict[str, Any], *, complete: bool) -> list[Finding]:
    """Required fields that are empty; those that are absent only where `complete` is asked."""
    return [
        Finding("missing_custom_field", field.path, f"{field.path} is required and has no value.")
        for field in fields
        if field.required and (complete or field.key in values) and values.get(field.key) in (None, "")
    ]


def _unknown(key: str) -> Finding:
    path = f"customFields.{key}"
    return Finding("unknown_custom_field", path, f"{path} is not a field of the template; it is kept as sent.")


def _unreadable(field: CustomField, value: Any) -> Finding:
    message = f"{field.path} must be {field.field_type.accepts}; {quote(value)} was sent."
    return Finding("invalid_custom_field", field.path, message)
