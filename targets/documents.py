"""Reads one document as it was sent: its values by path, and everything that is wrong with it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from rest_framework.exceptions import ValidationError
from rest_framework.serializers import Serializer

from ordinavo.common.findings import Finding, capped_findings, quote
from ordinavo.common.json_codec import dumps, loads
from targets import paths
from targets.api.serializers import OPERATIONS, TargetDocumentSerializer


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


def parse(data: Any) -> Document:
    """Reads what can be read, and collects a finding for each field that cannot."""
    if not isinstance(data, dict):
        return Document(errors=[Finding("invalid_field", "", f"A target is an object; {quote(data)} was sent.")])
    document = Document(operation=operation_of(data))
    plan, values = _plan(), document.values
    unknown: list[Unknown] = []
    for name, sent in data.items():
        part = plan.get(name)
        if part is None:
            unknown.append(Unknown("", name, plan))
        elif isinstance(part, Leaf):
            _read_value(part, sent, document)
        else:
            _read_section(name, part, sent, document, unknown)
    document.warnings += capped_findings(unknown, _unknown, _more_unknown)
    document.external_id = _external_id(values.pop("externalId", None), document)
    document.source_system = values.pop("sourceSystem", None) or ""
    document.source_version = values.pop("sourceVersion", None)
    document.source_updated_at = values.pop("sourceUpdatedAtUtc", None)
    document.custom_fields = values.pop("customFields", {})
    values.pop("operation", None)
    if values.get("templateKey") == "":
        values["templateKey"] = None
    return document


class Unknown(NamedTuple):
    section: str
    name: str
    known: Iterable[str]
    """What there is in its place."""


class Leaf(NamedTuple):
    path: str
    read: Callable[[Any], Any]


@cache
def _plan() -> dict[str, Leaf | dict[str, Leaf]]:
    """The fields of the serializers, ready to be called: DRF's own way through them costs more than all the reading."""
    return {
        name: {below: Leaf(f"{name}.{below}", field.to_internal_value) for below, field in part.fields.items()}
        if isinstance(part, Serializer)
        else Leaf(name, part.to_internal_value)
        for name, part in TargetDocumentSerializer().fields.items()
    }


def _read_section(name: str, leaves: dict[str, Leaf], sent: Any, document: Document, unknown: list[Unknown]) -> None:
    if sent is None:
        document.values |= {leaf.path: None for leaf in leaves.values()}
    elif not isinstance(sent, dict):
        document.errors.append(Finding("invalid_field", name, f"{name} must be an object; {quote(sent)} was sent."))
    else:
        for below, value in sent.items():
            if leaf := leaves.get(below):
                _read_value(leaf, value, document)
            else:
                unknown.append(Unknown(name, below, leaves))


def _read_value(leaf: Leaf, sent: Any, document: Document) -> None:
    try:
        document.values[leaf.path] = None if sent is None else leaf.read(sent)
    except ValidationError as error:
        message = f"{leaf.path} {error.detail[0]}; {quote(sent)} was sent."  # type: ignore[index]
        document.errors.append(Finding(_CODES.get(leaf.path, "invalid_field"), leaf.path, message))


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
    document = parse(defaults)
    errors = [error for error in document.errors if error.field not in own]
    return misplaced + errors + document.warnings


def faults_in(values: Mapping[str, Any]) -> list[Finding]:
    """What an import of these values, by path, would be refused for."""
    nested: dict[str, Any] = {}
    for path in values:
        if path in paths.COLUMN_BY_PATH:
            section, _, name = path.rpartition(".")
            (nested.setdefault(section, {}) if section else nested)[name] = values[path]
    return [error for error in parse(loads(dumps(nested))).errors if error.field in values]


def in_order(errors: Iterable[Finding]) -> list[Finding]:
    """By the order of the contract's fields, so that the first error does not depend on chance."""
    order = _order()

    def place(error: Finding) -> int:
        known = [i for i, path in enumerate(order) if f"{error.field}.".startswith(f"{path}.")]
        return known[-1] if known else len(order)

    return sorted(errors, key=place)


@cache
def _order() -> list[str]:
    return [
        path
        for name, part in _plan().items()
        for path in (name, *(() if isinstance(part, Leaf) else [leaf.path for leaf in part.values()]))
    ]


def _external_id(external_id: str | None, document: Document) -> str:
    if not external_id and not document.is_faulty("externalId"):
        missing = Finding("missing_external_id", "externalId", "ExternalId is required.")
        document.errors.append(missing)
    return external_id or ""


_CODES = {"externalId": "invalid_external_id", "operation": "invalid_operation"}


def _unknown(unknown: Unknown) -> Finding:
    section, name, known = unknown
    path = f"{section}.{name}" if section else name
    return Finding("unknown_field", path, f"{path} is not known and was ignored.{_hint(name, known)}")


def _more_unknown(number: int) -> Finding:
    return Finding("unknown_field", "", f"{number:,} more fields are not known and were ignored.")


def _hint(name: str, known: Iterable[str]) -> str:
    plain = name.replace("_", "").replace("-", "").lower()
    for candidate in known:
        if candidate.lower() == plain:
            return f" Did you mean {candidate}?"
    return ""
