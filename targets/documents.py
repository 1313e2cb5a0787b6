"""One target document as it was read: its values by path, and everything that is wrong with it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ordinavo.common import identifiers
from ordinavo.common.findings import Finding

OPERATIONS = ("create", "update", "upsert", "cancel")
DEFAULT_OPERATION = "upsert"


@dataclass
class Document:
    """What one sent document says about one target. `TargetDocumentSerializer.read` makes it.

    A path is that of the first dialect, such as "address.city", whatever name was sent.
    """

    external_id: str = ""
    """Empty if none was sent or it cannot be read; then `errors` says so."""
    operation: str = DEFAULT_OPERATION
    """One of OPERATIONS, or empty if the operation that was sent is not one of them."""
    source_system: str = ""
    """The key that was sent, or empty."""
    source_version: int | None = None
    source_updated_at: datetime | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """By path, the values that were sent and can be read. None empties the field."""
    new_target_values: dict[str, Any] = field(default_factory=dict)
    """By path, values for a new target whose `values` do not have the path. None of them is empty."""
    sent_as: dict[str, str] = field(default_factory=dict)
    """By path, the name of the second dialect by which the value was sent, such as "location.city".

    A field that only a null section empties counts as sent in the section that was not null, if there is one.
    """
    second_names: Mapping[str, str] = field(default_factory=dict)
    """By path, the name of each field that has one in the second dialect, sent or not."""
    custom_fields: dict[str, Any] | None = field(default_factory=dict)
    """By key, as they were sent and without types. None empties all of them."""
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    warnings_of_changes: dict[str, Finding] = field(default_factory=dict)
    """By path, warnings that hold only if the import changes the value there, or creates the target."""

    def is_faulty(self, *paths: str) -> bool:
        """Return whether there is an error in one of these fields, or in a whole section that one of them is in.

        An error in the field's second name counts. An error about the document as a whole does not. `paths` are such as
        "address.city".
        """
        if not self.errors:
            return False
        names = [*paths, *(self.second_names[path] for path in paths if path in self.second_names)]
        return any(f"{name}.".startswith(f"{error.field}.") for name in names for error in self.errors)

    def as_sent(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return findings about this document, in which fields have the names by which the sender knows them.

        A field that was not sent has its second name if other fields of the same section have theirs.
        """
        if not self.sent_as:
            return list(findings)
        sections = {name.rpartition(".")[0] for name in self.sent_as.values()}
        names = {
            path: name
            for path, name in self.second_names.items()
            if path in self.sent_as or (path not in self.values and name.rpartition(".")[0] in sections)
        }
        return [_renamed(finding, names | self._renamed_sections()) for finding in findings]

    def _renamed_sections(self) -> dict[str, str]:
        """Return the second name of each section of which every field that was sent has its second name."""
        moved = {path.partition(".")[0]: name.partition(".")[0] for path, name in self.sent_as.items()}
        kept = {path.partition(".")[0] for path in self.values if path not in self.sent_as}
        return {section: name for section, name in moved.items() if section not in kept}


def identity(data: Any) -> str:
    """Return the externalId of a document that was not read yet, normalised as `identifiers.normalise` does.

    An empty text if there is none, if it is not a string, or if the document is not an object. Within one source
    system, two documents are about the same target if their identities are equal and not empty.
    """
    external_id = data.get("externalId") if isinstance(data, dict) else None
    return identifiers.normalise(external_id) if isinstance(external_id, str) else ""


def operation_of(data: Any) -> str:
    """Return the operation of a document that was not read yet: "create", "update", "upsert" or "cancel".

    "upsert" if it is absent or null, or if the document is not an object. An empty text if any other value was sent.
    """
    sent = data.get("operation") if isinstance(data, dict) else None
    if sent is None:
        return DEFAULT_OPERATION
    return sent if isinstance(sent, str) and sent in OPERATIONS else ""


def _renamed(finding: Finding, names: Mapping[str, str]) -> Finding:
    """Return a finding with other names for its field and for the fields that its message mentions.

    `names` are by path. A section, which has no dot in its path, is renamed as the field only. A message mentions
    fields before it quotes values, so that it is left as it is from the first quotation mark on. A finding about a
    custom field mentions no other field, and its key may look like a path, so it is returned unchanged.
    """
    if finding.field.startswith("customFields."):
        return finding
    message, mark, quoted = finding.message.partition('"')
    for path, name in names.items():
        if "." in path:
            message = message.replace(path, name)
    return Finding(finding.code, names.get(finding.field, finding.field), message + mark + quoted)
