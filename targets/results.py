"""What an operation did with one document."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from ordinavo.common.findings import Finding


class Outcome(StrEnum):
    """The status of an import item."""

    CREATED = "Created"
    UPDATED = "Updated"
    """Also if nothing differed."""
    CANCELLED = "Cancelled"
    SKIPPED = "Skipped"
    """The stored target is newer than the document, so nothing was changed."""
    REJECTED = "Rejected"


# A class cannot have an attribute named "from".
Change = TypedDict("Change", {"field": str, "from": Any, "to": Any})
"""One changed value of a target: its path, the value before, and the value after. None means empty."""


@dataclass(frozen=True)
class Result:
    """The outcome of one document, and what is to be told about it."""

    outcome: Outcome
    external_id: str
    """Empty if the document has none."""
    errors: list[Finding] = field(default_factory=list)
    """At least one if the outcome is REJECTED, else empty."""
    warnings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    """What an update changed, in the order of the contract; empty for every other outcome."""
