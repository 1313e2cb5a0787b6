from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypedDict

from ordinavo.common.findings import Finding


class Outcome(StrEnum):
    CREATED = "Created"
    UPDATED = "Updated"
    CANCELLED = "Cancelled"
    SKIPPED = "Skipped"
    REJECTED = "Rejected"


# "from" is a keyword
Change = TypedDict("Change", {"field": str, "from": Any, "to": Any})


@dataclass(frozen=True)
class Result:
    """What became of one document."""

    outcome: Outcome
    external_id: str
    errors: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
