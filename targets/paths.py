"""One table for a target's fields: the dotted path of the contract, and the column that holds it."""

from collections.abc import Iterable, Iterator
from typing import Any, cast

from django.db.models import Field

from ordinavo.common.scalars import without_trailing_zeros
from targets.models import Target

COLUMN_BY_PATH = {
    "externalType": "external_type",
    "title": "title",
    "description": "description",
    "customer.name": "customer_name",
    "customer.contactName": "customer_contact_name",
    "customer.phone": "customer_phone",
    "customer.email": "customer_email",
    "address.street": "street",
    "address.postalCode": "postal_code",
    "address.city": "city",
    "address.country": "country",
    "address.latitude": "latitude",
    "address.longitude": "longitude",
    "planning.routeDate": "route_date",
    "planning.dueAtUtc": "due_at",
    "planning.timeWindowStartUtc": "time_window_start",
    "planning.timeWindowEndUtc": "time_window_end",
    "planning.estimatedWorkMinutes": "estimated_work_minutes",
    "planning.priority": "priority",
    "planning.fixedTime": "fixed_time",
    "businessValue.expectedRevenue": "expected_revenue",
    "businessValue.customerTier": "customer_tier",
    "businessValue.closeProbability": "close_probability",
}
PATH_BY_COLUMN = {column: path for path, column in COLUMN_BY_PATH.items()}

# A half of such a pair makes no sense beside the other half of another author.
PAIRS = [
    ("address.latitude", "address.longitude"),
    ("planning.timeWindowStartUtc", "planning.timeWindowEndUtc"),
]

CUSTOM_PREFIX = "customFields."


def model_field(path: str) -> "Field[Any, Any]":
    return cast("Field[Any, Any]", Target._meta.get_field(COLUMN_BY_PATH[path]))


_EMPTY = {path: None if model_field(path).null else "" for path in COLUMN_BY_PATH}


def with_paired_paths(some: Iterable[str]) -> list[str]:
    """These paths, and the other half of each that is half of a pair."""
    some = list(some)
    pairs = [pair for path in some for pair in PAIRS if path in pair]
    return list(dict.fromkeys([*some, *(path for pair in pairs for path in pair)]))


def get_value(target: Target, path: str) -> Any:
    """The value at a path; every empty one is None."""
    if name := COLUMN_BY_PATH.get(path):
        value = getattr(target, name)
        if value is None or value == "":
            return None
        return without_trailing_zeros(value) if path == "businessValue.expectedRevenue" else value
    if path == "templateKey":
        return target.template.key if target.template else None
    if path == "status":
        return target.status
    return target.custom_fields.get(path.removeprefix(CUSTOM_PREFIX))


def set_value(target: Target, path: str, value: Any) -> None:
    """None empties the field. `templateKey` takes the template itself."""
    if name := COLUMN_BY_PATH.get(path):
        setattr(target, name, _EMPTY[path] if value is None else value)
    elif path == "templateKey":
        target.template = value
    elif value is None:
        target.custom_fields.pop(path.removeprefix(CUSTOM_PREFIX), None)
    else:
        target.custom_fields[path.removeprefix(CUSTOM_PREFIX)] = value


_PLACES = {path: place for place, path in enumerate(("status", "templateKey", *COLUMN_BY_PATH))}


def sort_key(path: str) -> int:
    """In the order of the contract; custom fields come last."""
    return _PLACES.get(path, len(_PLACES))


def all_values(target: Target) -> Iterator[tuple[str, Any]]:
    """Every path of a target with its value, in the order of the contract."""
    for path in _PLACES:
        yield path, get_value(target, path)
    for key, value in target.custom_fields.items():
        yield CUSTOM_PREFIX + key, value


_SHAPE = [(path, *path.rpartition(".")[::2]) for path in COLUMN_BY_PATH]


def to_document(target: Target) -> dict[str, Any]:
    """The target in the shape that an import has."""
    nested: dict[str, Any] = {
        "sourceSystem": target.source_system.key,
        "externalId": target.external_id,
        "templateKey": get_value(target, "templateKey"),
    }
    for path, section, name in _SHAPE:
        place = nested.setdefault(section, {}) if section else nested
        place[name] = get_value(target, path)
    return nested | {"customFields": target.custom_fields}
