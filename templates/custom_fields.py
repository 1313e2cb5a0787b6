"""Check the custom fields of an import against the fields of its template."""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, capped_findings, quote
from ordinavo.common.scalars import ASSUMED_UTC, Refused, parse_datetime
from templates.models import CustomField


class TypedFields(NamedTuple):
    """The result of `parse`."""

    values: dict[str, Any]
    """Every value by its key: typed if the template has the field, else as it was sent."""
    errors: list[Finding]
    """One for each value that is not of its field's type. Such a value is in `values` as it was sent."""
    warnings: list[Finding]
    """One for each value that is kept although no field of the template reads it, up to a maximum, and for each time
    without an offset."""


def parse(
    fields: Iterable[CustomField], sent: dict[str, Any], *, not_stored: Collection[str] = frozenset()
) -> TypedFields:
    """Return the sent values, parsed by the types of their fields, with the errors and warnings about them.

    `fields` are the active fields of the template. None stays None, because it empties a field, and an empty text
    becomes None, whatever the key. Any other value whose key is not among them stays as it was sent, with a warning. A
    value of the wrong type stays as it was sent too, with an error; nothing is raised. `sent` is not changed. Required
    fields are not checked; see `missing`. `not_stored` are the keys whose values the caller will not store: they have
    no warning that they are stored.
    """
    known = {field.key: field for field in fields}
    values, errors, warnings, unknown = dict(sent), [], [], []
    for key, value in sent.items():
        if value is None or value == "":  # it empties the field, so nothing is kept, whatever the key
            values[key] = None
            continue
        if (field := known.get(key)) is None:
            unknown += [] if key in not_stored else [key]
            continue
        try:
            values[key] = field.parse(value)
        except ValueError as error:
            errors.append(_wrong_type(field, value, error))
        else:
            warnings += _assumed_utc(field, value) if values[key] else []
    return TypedFields(values, errors, [*warnings, *capped_findings(unknown, _unknown, _more_unknown)])


def parse_stored(fields: Iterable[CustomField], stored: dict[str, Any]) -> TypedFields:
    """Return stored values that are read with the types of their fields, perhaps for the first time, and warnings.

    `fields` are the active fields of the template. Values without such a field are left out. A value that its field
    cannot read is left out too, with a warning: it was stored before the template was known, or the field had another
    type. `stored` is not changed. There are no errors.
    """
    values, unreadable = {}, []
    for field in fields:
        if field.key in stored:
            try:
                values[field.key] = field.parse(stored[field.key])
            except ValueError:
                unreadable.append((field, stored[field.key]))
    return TypedFields(values, [], capped_findings(unreadable, _untyped, _more_untyped))


def missing(fields: Iterable[CustomField], values: dict[str, Any], *, complete: bool) -> list[Finding]:
    """Return an error for each required field whose value is None or an empty text; an empty list if there is none.

    If `complete` is true, as in a create, a required field that is absent from `values` is an error too.
    """
    return [
        Finding(Code.MISSING_CUSTOM_FIELD, field.path, f"{field.path} is required and has no value.")
        for field in fields
        if field.required and (complete or field.key in values) and values.get(field.key) in (None, "")
    ]


def _unknown(key: str) -> Finding:
    """Return the warning that the template has no field of this key, and that the value is stored as sent."""
    path = f"customFields.{key}"
    message = f"{path} is not a field of the template. It is stored as sent."
    return Finding(Code.UNKNOWN_CUSTOM_FIELD, path, message)


def _more_unknown(number: int) -> Finding:
    """Return one warning for the unknown keys that have no warning of their own. `number` is how many they are."""
    message = f"{number:,} more keys are not fields of the template. They are stored as sent."
    return Finding(Code.UNKNOWN_CUSTOM_FIELD, "customFields", message)


def _untyped(unreadable: tuple[CustomField, Any]) -> Finding:
    """Return the warning that a stored value, given with its field, is not of the field's type and stays as it is."""
    field, value = unreadable
    message = f"{field.path} must be {field.field_type.accepts}; the stored value {quote(value)} stays as it is."
    return Finding(Code.UNTYPED_CUSTOM_FIELD, field.path, message)


def _more_untyped(number: int) -> Finding:
    """Return one warning for the unreadable stored values without a warning of their own: `number` is how many."""
    message = f"{number:,} more stored values are not of the types of their fields. They stay as they are."
    return Finding(Code.UNTYPED_CUSTOM_FIELD, "customFields", message)


def _wrong_type(field: CustomField, value: Any, error: ValueError) -> Finding:
    """Return the error that a value is not of its field's type. It states what the field accepts, or what is wrong."""
    must = error.must if isinstance(error, Refused) else f"be {field.field_type.accepts}"
    message = f"{field.path} must {must}; {quote(value)} was sent."
    return Finding(Code.INVALID_CUSTOM_FIELD, field.path, message)


def _assumed_utc(field: CustomField, value: Any) -> list[Finding]:
    """Return a list of one warning if a value is a time without an offset, which was read as UTC; else an empty list.

    The field's type must have accepted the value, which must not be blank.
    """
    if field.type != CustomField.Type.DATETIME or parse_datetime(value).tzinfo is not ASSUMED_UTC:
        return []
    message = f"{field.path} has no offset and was read as UTC. Send Z or an offset such as +02:00."
    return [Finding(Code.ASSUMED_UTC, field.path, message)]
