"""The dotted path of each value of a target, as API and corrections name it, and how to read and write the value there.

Which path belongs to which column is declared in `targets.api.target_document`.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from django.db.models import Field

from ordinavo.common.findings import Finding
from ordinavo.common.scalars import without_trailing_zeros
from targets.api.target_document import column_by_path, document_paths, paths_by_second_name
from targets.models import Target

_COLUMNS = column_by_path()

COLUMN_BY_PATH = {path: column.name for path, column in _COLUMNS.items()}
"""The name of the model's column of each path that has one, in the order of the contract."""
PATH_BY_COLUMN = {column: path for path, column in COLUMN_BY_PATH.items()}

PATH_BY_SECOND_NAME = paths_by_second_name()
"""The path of the field that each second name stands for, such as "address.city" for "location.city"."""

PAIRS = [
    ("address.latitude", "address.longitude"),
    ("planning.timeWindowStartUtc", "planning.timeWindowEndUtc"),
]
"""Two paths whose values make sense only together, so that staff correct both or neither."""

CUSTOM_PREFIX = "customFields."

_EMPTY_VALUES = {path: None if column.null else "" for path, column in _COLUMNS.items()}
_CHANGE_ORDER = {path: number for number, path in enumerate(("status", "templateKey", *COLUMN_BY_PATH))}
_DOCUMENT_ORDER = list(document_paths())
_SECTION_AND_NAME = [(path, *path.rpartition(".")[::2]) for path in COLUMN_BY_PATH]


def model_field(path: str) -> "Field[Any, Any]":
    """Return the model's field that holds the value at a path. Raises KeyError if the path is unknown or has none.

    Only fields that are declared with a column have one. Sections, custom fields, "status", "templateKey",
    "sourceSystem", "externalId", "operation" and the two source versions have none.
    """
    return _COLUMNS[path]


def with_paired_paths(paths: Iterable[str]) -> list[str]:
    """Return the paths in their order, followed by the other path of each that is in PAIRS. No path comes twice."""
    given = list(paths)
    pairs = [pair for path in given for pair in PAIRS if path in pair]
    return list(dict.fromkeys([*given, *(path for pair in pairs for path in pair)]))


def get_value(target: Target, path: str) -> Any:
    """Return the value of a target at a path, or None if it is empty: null, or "" in a column.

    The value at "templateKey" is the key of the template, at "status" the status. Decimals of columns have no trailing
    zeros. Any other path is taken for a custom field, with or without "customFields."; None if the target does not have
    it.
    """
    if name := COLUMN_BY_PATH.get(path):
        value = getattr(target, name)
        if value is None or value == "":
            return None
        return without_trailing_zeros(value) if isinstance(value, Decimal) else value
    if path == "templateKey":
        return target.template.key if target.template else None
    if path == "status":
        return target.status
    return target.custom_fields.get(path.removeprefix(CUSTOM_PREFIX))


def set_value(target: Target, path: str, value: Any) -> None:
    """Set the value at a path in memory, without a check. At "templateKey" the value is the TargetTemplate itself.

    None empties the field: a text becomes "", a custom field is removed, any other value becomes None. Any path without
    a column is taken for a custom field; "status" must not be set here.
    """
    if name := COLUMN_BY_PATH.get(path):
        setattr(target, name, _EMPTY_VALUES[path] if value is None else value)
    elif path == "templateKey":
        target.template = value
    elif value is None:
        target.custom_fields.pop(path.removeprefix(CUSTOM_PREFIX), None)
    else:
        target.custom_fields[path.removeprefix(CUSTOM_PREFIX)] = value


def sort_key(path: str) -> int:
    """Return the position of a path in a list of changes: status, templateKey, then the columns as in the contract.

    Custom and unknown fields all have the same position, after these.
    """
    return _CHANGE_ORDER.get(path, len(_CHANGE_ORDER))


def in_document_order(errors: Iterable[Finding]) -> list[Finding]:
    """Return the errors sorted in the order of the contract's fields, so that the order that was sent does not matter.

    An error in a custom field stands where "customFields" stands, and one in an unknown field or in none at the end.
    """

    def position(error: Finding) -> int:
        """Return the position of the error's field in the contract, or the number after the last if it is unknown."""
        found = [number for number, path in enumerate(_DOCUMENT_ORDER) if f"{error.field}.".startswith(f"{path}.")]
        return found[-1] if found else len(_DOCUMENT_ORDER)

    return sorted(errors, key=position)


def all_values(target: Target) -> Iterator[tuple[str, Any]]:
    """Yield each path of a target with its value: status, templateKey, the columns in contract order, custom fields.

    An empty column is None; decimals of columns have no trailing zeros. A custom field is "customFields." and its key,
    and only those that the target has are yielded. sourceSystem, externalId and the source versions are not among them.
    """
    for path in _CHANGE_ORDER:
        yield path, get_value(target, path)
    for key, value in target.custom_fields.items():
        yield CUSTOM_PREFIX + key, value


def to_document(target: Target) -> dict[str, Any]:
    """Return a target in the shape of a sent document, with Python's dates and decimals. An empty field is None.

    `customFields` is the target's own dictionary, not a copy. Status, versions and times are not included.
    """
    document: dict[str, Any] = {
        "sourceSystem": target.source_system.key,
        "externalId": target.external_id,
        "templateKey": get_value(target, "templateKey"),
    }
    for path, section, name in _SECTION_AND_NAME:
        part = document.setdefault(section, {}) if section else document
        part[name] = get_value(target, path)
    return document | {"customFields": target.custom_fields}
