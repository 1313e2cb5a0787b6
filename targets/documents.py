"""Reads one document as it was sent: its values by path, and everything that is wrong with it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from templates.exactjson import dumps, loads
from templates.findings import Finding, quote

from . import paths
from .serializers import OPERATIONS, TargetDocumentSerializer


@dataclass
class Document:
    external_id: str = ""
    operation: str = "upsert"
    """Empty where what was sent is none."""
    source_system: str = ""
    source_version: int | None = None
    source_updated_at: datetime | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """By path, only what was sent and can be read; None empties."""
    custom_fields: dict[str, Any] | None = field(default_factory=dict)
    """As sent; None empties them all."""
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def is_faulty(self, *names: str) -> bool:
        """Whether one of these fields, or the section it is in, could not be read."""
        return any(f"{n}.".startswith(f"{error.field}.") for n in names for error in self.errors)


def identity(data: Any) -> str:
    """The externalId before it is checked: documents that mean one target have the same."""
    external_id = data.get("externalId") if isinstance(data, dict) else None
    return external_id.strip() if isinstance(external_id, str) else ""


def operation_of(data: Any) -> str:
    """Empty where what was sent is none."""
    sent = data.get("operation") if isinstance(data, dict) else None
    if sent is None:
        return "upsert"
    return sent if isinstance(sent, str) and sent in OPERATIONS else ""


def read(data: Any) -> Document:
    """Reads what can be read, and collects a finding for each field that cannot."""
    if not isinstance(data, dict):
        return Document(errors=[Finding("invalid_field", "", f"A target is an object; {quote(data)} was sent.")])
    errors: list[Finding] = []
    try:
        validated = _serializer().run_validation(data)
    except ValidationError as error:
        errors = list(_findings(error.detail, data))
        validated = _serializer().run_validation(_without(data, errors))
    document = Document(errors=errors, warnings=list(_unknown(_serializer(), data)))
    document.external_id = _external_id(validated.get("externalId"), document)
    document.operation = operation_of(data)
    document.source_system = validated.get("sourceSystem") or ""
    document.source_version = validated.get("source_version")
    document.source_updated_at = validated.get("source_updated_at")
    document.custom_fields = validated.get("custom_fields", {})
    if "template_key" in validated:
        document.values["templateKey"] = validated["template_key"] or None
    for column, path in paths.PATHS.items():
        if column in validated:
            document.values[path] = validated[column]
    return document


def check_defaults(defaults: Any) -> list[Finding]:
    """What keeps a template's defaults from being the start of every new target."""
    if not isinstance(defaults, dict):
        return [Finding("invalid_field", "", "The defaults must be an object.")]
    own = ("sourceSystem", "externalId", "sourceVersion", "sourceUpdatedAtUtc", "operation", "templateKey")
    misplaced = [
        Finding("invalid_field", name, f"{name} is the import's own and has no default.")
        for name in own
        if name in defaults
    ]
    document = read(defaults)
    errors = [error for error in document.errors if error.field not in own]
    return misplaced + errors + document.warnings


def faults_in(values: Mapping[str, Any]) -> list[Finding]:
    """What an import of these values, by path, would be refused for."""
    nested: dict[str, Any] = {}
    for path in values:
        if path in paths.COLUMNS:
            section, _, name = path.rpartition(".")
            (nested.setdefault(section, {}) if section else nested)[name] = values[path]
    return [error for error in read(loads(dumps(nested))).errors if error.field in values]


def in_order(errors: Iterable[Finding]) -> list[Finding]:
    """By the order of the contract's fields, so that the first error does not depend on chance."""
    order = list(_field_paths(_serializer()))

    def place(error: Finding) -> int:
        known = [i for i, path in enumerate(order) if f"{error.field}.".startswith(f"{path}.")]
        return known[-1] if known else len(order)

    return sorted(errors, key=place)


@cache
def _serializer() -> TargetDocumentSerializer:
    """One for all requests: it keeps no state, and building its fields costs more than using them."""
    return TargetDocumentSerializer()


def _external_id(external_id: str | None, document: Document) -> str:
    if not external_id and not document.is_faulty("externalId"):
        missing = Finding("missing_external_id", "externalId", "ExternalId is required.")
        document.errors.append(missing)
    return external_id or ""


_CODES = {"externalId": "invalid_external_id", "operation": "invalid_operation"}


def _findings(detail: Any, data: Any, path: str = "") -> Iterator[Finding]:
    for name, errors in detail.items():
        below = path if name == "non_field_errors" else f"{path}.{name}".lstrip(".")
        sent = data if name == "non_field_errors" else data.get(name)
        if isinstance(errors, dict):
            yield from _findings(errors, sent, below)
        else:
            message = f"{below} {errors[0]}; {quote(sent)} was sent."
            yield Finding(_CODES.get(below, "invalid_field"), below, message)


def _without(data: Mapping[str, Any], errors: Iterable[Finding]) -> dict[str, Any]:
    rest = {name: dict(value) if isinstance(value, dict) else value for name, value in data.items()}
    for error in errors:
        section, _, name = error.field.rpartition(".")
        del (rest[section] if section else rest)[name]
    return rest


def _unknown(serializer: Serializer, data: Any, path: str = "") -> Iterator[Finding]:
    fields = serializer.fields
    for name, value in data.items():
        below = f"{path}{name}"
        if name not in fields:
            yield Finding("unknown_field", below, f"{below} is not known and was ignored.{_hint(name, fields)}")
        elif isinstance(section := fields[name], Serializer) and isinstance(value, dict):
            yield from _unknown(section, value, f"{below}.")


def _hint(name: str, known: Iterable[str]) -> str:
    plain = name.replace("_", "").replace("-", "").lower()
    for candidate in known:
        if candidate.lower() == plain:
            return f" Did you mean {candidate}?"
    return ""


def _field_paths(serializer: Serializer, path: str = "") -> Iterator[str]:
    for name, below in serializer.fields.items():
        yield f"{path}{name}"
        if isinstance(below, Serializer):
            yield from _field_paths(below, f"{path}{name}.")
