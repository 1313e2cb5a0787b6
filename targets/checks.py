"""Checks by the rules of an import, for values that come from staff: a template's defaults and corrections."""

from collections.abc import Mapping
from typing import Any

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from ordinavo.common.json_codec import dumps, loads
from targets import paths
from targets.api.target_document import TargetDocumentSerializer

_WITHOUT_DEFAULT = (
    "sourceSystem", "externalId", "sourceVersion", "sourceUpdatedAtUtc", "operation", "templateKey",
)  # fmt: skip


def check_defaults(defaults: Any) -> list[Finding]:
    """Return the errors and warnings that an import would have for a template's defaults; empty if there are none.

    A default for sourceSystem, externalId, sourceVersion, sourceUpdatedAtUtc, operation or templateKey is an error,
    because these differ with each import. The warnings are about unknown fields; a time without an offset is UTC. If
    the defaults are not an object, that is the only error. The types of custom fields and the rules between fields are
    not checked.
    """
    if not isinstance(defaults, dict):
        return [Finding(Code.INVALID_FIELD, "", "The defaults must be an object.")]
    misplaced = [
        Finding(Code.INVALID_FIELD, name, f"{name} differs with each import, so it cannot have a default.")
        for name in _WITHOUT_DEFAULT
        if name in defaults
    ]
    document = TargetDocumentSerializer.read(defaults)
    errors = [error for error in document.errors if error.field not in _WITHOUT_DEFAULT]
    warnings = [warning for warning in document.warnings if warning.code != Code.ASSUMED_UTC]
    return misplaced + errors + warnings


def errors_in(values: Mapping[str, Any]) -> list[Finding]:
    """Return the errors that an import of these values would have for each of their fields; empty if there are none.

    The keys are paths such as "address.city". Paths without a column, such as custom fields and "templateKey", and
    unknown paths are skipped. Rules between fields are not checked. Raises TypeError if JSON cannot express a value; a
    whole number beyond 64 bits is checked as text.
    """
    document: dict[str, Any] = {}
    for path, value in values.items():
        if path in paths.COLUMN_BY_PATH:
            section, _, name = path.rpartition(".")
            is_large = isinstance(value, int) and not -(2**63) <= value < 2**63
            (document.setdefault(section, {}) if section else document)[name] = str(value) if is_large else value
    read = TargetDocumentSerializer.read(loads(dumps(document)))  # as a source system would send it
    if read.values.get("title") == "":
        read.errors.append(Finding(Code.MISSING_TITLE, "title", "Title is required."))
    return [error for error in read.errors if error.field in values]
