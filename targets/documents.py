"""One target document as it was read: its values by path, and everything that is wrong with it."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ordinavo.common.findings import Finding

OPERATIONS = ("create", "update", "upsert", "cancel")
DEFAULT_OPERATION = "upsert"


@dataclass
class Document:
    """What one sent document says about one target. `TargetDocumentSerializer.read` makes it."""

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
    custom_fields: dict[str, Any] | None = field(default_factory=dict)
    """By key, as they were sent and without types. None empties all of them."""
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def is_faulty(self, *paths: str) -> bool:
        """Return whether there is an error in one of these fields, or in a whole section that one of them is in.

        An error about the document as a whole does not count. `paths` are such as "address.city".
        """
        return any(f"{path}.".startswith(f"{error.field}.") for path in paths for error in self.errors)


def identity(data: Any) -> str:
    """Return the externalId of a document that was not read yet, without spaces around it.

    An empty text if there is none, if it is not a string, or if the document is not an object. Within one source
    system, two documents are about the same target if their identities are equal and not empty.
    """
    external_id = data.get("externalId") if isinstance(data, dict) else None
    return external_id.strip() if isinstance(external_id, str) else ""


def operation_of(data: Any) -> str:
    """Return the operation of a document that was not read yet: "create", "update", "upsert" or "cancel".

    "upsert" if it is absent or null, or if the document is not an object. An empty text if any other value was sent.
    """
    sent = data.get("operation") if isinstance(data, dict) else None
    if sent is None:
        return DEFAULT_OPERATION
    return sent if isinstance(sent, str) and sent in OPERATIONS else ""
