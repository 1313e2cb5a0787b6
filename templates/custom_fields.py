"""Types the custom fields of an import by its template."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from ordinavo.common.findings import Finding, capped_findings, quote
from templates.models import CustomField


class TypedFields(NamedTuple):
    values: dict[str, Any]
    errors: list[Finding]
    warnings: list[Finding]


def parse(fields: Iterable[CustomField], sent: dict[str, Any]) -> TypedFields:
    """Types what was sent. None is kept: it empties a field. Unknown keys are kept as sent."""
    known = {field.key: field for field in fields}
    values, errors, unknown = dict(sent), [], []
    for key, value in sent.items():
        if (field := known.get(key)) is None:
            unknown.append(key)
        elif value is not None:
            try:
                values[key] = field.parse(value)
            except ValueError:
                errors.append(_unreadable(field, value))
    return TypedFields(values, errors, capped_findings(unknown, _unknown, _more_unknown))


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


def _more_unknown(number: int) -> Finding:
    message = f"{number:,} more keys are not fields of the template; they are kept as sent."
    return Finding("unknown_custom_field", "customFields", message)


def _unreadable(field: CustomField, value: Any) -> Finding:
    message = f"{field.path} must be {field.field_type.accepts}; {quote(value)} was sent."
    return Finding("invalid_custom_field", field.path, message)
