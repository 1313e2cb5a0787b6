"""What a document must do to a target, written a second time from the contract, for the fields that the run uses.

It shares no code with the product. A state is what the contract lets a reader see, and the versions.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

Values = dict[str, Any]
Changes = dict[str, tuple[Any, Any]]
ACTIVE, CANCELLED = "Active", "Cancelled"
PRIORITIES = {"Low", "Medium", "High", "Urgent"}
# Warnings that depend on the stored target, not on the document alone.
TELLING = {
    "already_cancelled", "cancelled_before_import", "kept_correction", "same_moment", "stale_version",
    "target_reopened",
}  # fmt: skip


@dataclass(frozen=True)
class State:
    """A target as it is stored."""

    values: Values = field(default_factory=dict)
    """By path; an empty field is left out."""
    status: str = ACTIVE
    note: str = ""
    version: int | None = None
    moment: str | None = None
    corrections: Values = field(default_factory=dict)
    """What the source sent last for each path that staff corrected."""


@dataclass(frozen=True)
class Outcome:
    """What an item says about a document, or must say."""

    status: str
    codes: frozenset[str] = frozenset()
    """Codes of errors. The model may give several; an item names the first one."""
    changes: Changes = field(default_factory=dict)
    warnings: frozenset[str] = frozenset()
    """Those of TELLING."""

    def explains(self, recorded: "Outcome") -> bool:
        """Return whether an item may say this if the document must have this outcome."""
        same = (self.status, self.changes) == (recorded.status, recorded.changes)
        if self.status == "Rejected":
            return same and recorded.codes <= self.codes
        return same and self.warnings == recorded.warnings


def apply(document: Values, state: State | None) -> tuple[Outcome, State | None]:
    """Return the outcome that a document must have, and the state that it leaves."""
    faults = _faults(document)
    if state and _order(document, state) == "older" and "invalid_external_id" not in faults:
        return Outcome("Skipped", warnings=frozenset({"stale_version"})), state
    if document.get("operation") == "cancel":
        return _cancel(document, state, faults - {"invalid_field"})
    return _merge(document, state, faults)


def values_of(document: Values) -> Values:
    """Return the sent values by path, None for those that empty a field."""
    return dict(_paths({name: value for name, value in document.items() if name not in _NOT_STORED}, ""))


_NOT_STORED = {"externalId", "sourceSystem", "operation", "sourceVersion", "sourceUpdatedAtUtc"}


def _paths(values: Values, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _paths(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value


def _faults(document: Values) -> frozenset[str]:
    """Return the codes of the faults that a document has by itself."""
    found = set()
    external_id = document.get("externalId")
    if not external_id:
        found.add("missing_external_id")
    elif "\u200b" in external_id:
        found.add("invalid_external_id")
    if document.get("operation", "upsert") not in ("create", "update", "upsert", "cancel"):
        found.add("invalid_operation")
    if document.get("planning", {}).get("priority", "Low") not in PRIORITIES:
        found.add("invalid_field")
    return frozenset(found)


def _order(document: Values, state: State) -> str:
    """Return how the document's version compares: "older", "same version", "same moment" or "newer"."""
    for name, stored in (("sourceVersion", state.version), ("sourceUpdatedAtUtc", state.moment)):
        sent = document.get(name)
        if sent is not None and stored is not None:
            if sent == stored:
                return "same version" if name == "sourceVersion" else "same moment"
            return "older" if sent < stored else "newer"
    return "newer"


def _with_version(document: Values, state: State) -> State:
    return replace(
        state,
        version=document.get("sourceVersion", state.version),
        moment=document.get("sourceUpdatedAtUtc", state.moment),
    )


def _cancel(document: Values, state: State | None, faults: frozenset[str]) -> tuple[Outcome, State | None]:
    note = document.get("title", "")
    if state is None:
        if not {"sourceVersion", "sourceUpdatedAtUtc"} & set(document):
            faults |= {"external_id_unknown"}
        if faults:
            return Outcome("Rejected", faults), None
        remembered = State(status=CANCELLED, note=note)
        return Outcome(CANCELLED, warnings=frozenset({"cancelled_before_import"})), _with_version(document, remembered)
    if faults:
        return Outcome("Rejected", faults), state
    if state.status == CANCELLED:
        corrections = state.corrections | ({"status": CANCELLED} if "status" in state.corrections else {})
        after = replace(_with_version(document, state), corrections=corrections)
        return Outcome(CANCELLED, warnings=frozenset({"already_cancelled"})), after
    order = _order(document, state)
    if order == "same version":
        return Outcome("Rejected", frozenset({"version_conflict"})), state
    warnings = frozenset({"same_moment"} if order == "same moment" else ())
    return Outcome(CANCELLED, warnings=warnings), replace(_with_version(document, state), status=CANCELLED, note=note)


def _merge(document: Values, state: State | None, faults: frozenset[str]) -> tuple[Outcome, State | None]:
    """Apply a create, an update or an upsert."""
    operation, sent = document.get("operation", "upsert"), values_of(document)
    if state and operation == "create":
        faults |= {"external_id_exists"}
    if state is None and operation == "update":
        faults |= {"external_id_unknown"}
    has_title = sent.get("title") or (state and state.values.get("title"))
    if not has_title and (state or operation != "update"):
        faults |= {"missing_title"}
    if faults:
        return Outcome("Rejected", faults), state
    if state is None:
        new = State({path: value for path, value in sent.items() if value is not None})
        return Outcome("Created"), _with_version(document, new)
    return _update(document, state, sent)


def _update(document: Values, state: State, sent: Values) -> tuple[Outcome, State]:
    free = {path: value for path, value in sent.items() if path not in state.corrections}
    changes = {path: (state.values.get(path), new) for path, new in free.items() if state.values.get(path) != new}
    values = {path: value for path, value in (state.values | free).items() if value is not None}
    corrections = state.corrections | {path: value for path, value in sent.items() if path not in free}
    warnings = {"kept_correction" for path in corrections if path in sent and sent[path] != state.values.get(path)}
    status, note = state.status, state.note
    if "status" in corrections:
        corrections["status"] = ACTIVE
        warnings.add("kept_correction")
    elif status == CANCELLED:
        changes["status"] = (CANCELLED, ACTIVE)
        status, note = ACTIVE, ""
        warnings.add("target_reopened")
    order = _order(document, state)
    if order != "newer" and (changes or corrections != state.corrections):
        if order == "same version":
            return Outcome("Rejected", frozenset({"version_conflict"})), state
        warnings.add("same_moment")
    after = _with_version(document, replace(state, values=values, status=status, note=note, corrections=corrections))
    return Outcome("Updated", changes=changes, warnings=frozenset(warnings)), after
