"""Predict the result of imports that arrive one after the other.

A second, independent implementation of the import's rules: on dictionaries, without a database, and for few fields.
"""

from copy import deepcopy
from typing import Any, NamedTuple


class Told(NamedTuple):
    """The result of one item: its status, error code and warning code, and per changed field the old and new value."""

    status: str
    code: str | None = None
    warning: str | None = None
    changes: dict[str, Any] | None = None


def told(item: dict[str, Any]) -> Told:
    """Return the result that an item of the API reports, without messages and without `unknown_custom_field`."""
    warnings = {warning["code"] for warning in item["warnings"]} - {"unknown_custom_field"}
    assert len(warnings) <= 1
    changes = {change["field"]: (change["from"], change["to"]) for change in item.get("changes", [])}
    return Told(item["status"], item.get("errorCode"), next(iter(warnings), None), changes or None)


def changes_nothing(answer: Told) -> bool:
    """Return whether the item changed nothing but, at most, the source version."""
    return (
        answer.status in ("Rejected", "Skipped") or answer.warning == "already_cancelled" or answer == Told("Updated")
    )


def apply(document: dict[str, Any], stored: dict[str, Any] | None) -> tuple[Told, dict[str, Any] | None]:
    """Return the expected result of importing `document`, and the target after it.

    A target is a dictionary of its values by path, status, note and version, or None if it does not exist.
    """
    sent, kept = document.get("sourceVersion"), stored and stored["version"]
    comparable = sent is not None and kept is not None
    if comparable and sent < kept:
        return Told("Skipped", warning="stale_version"), stored
    equal = comparable and sent == kept
    act = _cancel if document["operation"] == "cancel" else _write
    answer, target = act(document, deepcopy(stored), equal)
    if target is None or answer.status == "Rejected":
        return answer, stored
    return answer, target | {"version": kept if sent is None else sent}


def _cancel(document: dict[str, Any], target: dict[str, Any] | None, equal: bool) -> tuple[Told, Any]:
    cancelled = {"status": "Cancelled", "note": document.get("title")}
    if target is None and "sourceVersion" in document:
        return Told("Cancelled", warning="cancelled_before_import"), {"values": {}} | cancelled
    if target is None:
        return Told("Rejected", "external_id_unknown"), None
    if target["status"] == "Cancelled":
        return Told("Cancelled", warning="already_cancelled"), target
    if equal:
        return Told("Rejected", "version_conflict"), target
    return Told("Cancelled"), target | cancelled


def _write(document: dict[str, Any], target: dict[str, Any] | None, equal: bool) -> tuple[Told, Any]:
    if target and document["operation"] == "create":
        return Told("Rejected", "external_id_exists"), target
    if not target and document["operation"] == "update":
        return Told("Rejected", "external_id_unknown"), target
    before = target["values"] if target else {}
    after = _merged(before, document)
    if "title" not in after:
        return Told("Rejected", "missing_title"), target
    written = {"values": after, "status": "Active", "note": None}
    if target is None:
        return Told("Created"), written
    reopened = target["status"] == "Cancelled"
    paths = [path for path in before | after if before.get(path) != after.get(path)]
    changes = {path: (before.get(path), after.get(path)) for path in paths}
    changes |= {"status": ("Cancelled", "Active")} if reopened else {}
    if changes and equal:
        return Told("Rejected", "version_conflict"), target
    return Told("Updated", warning="target_reopened" if reopened else None, changes=changes or None), written


def _merged(values: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the values after a JSON merge patch (RFC 7396): a null removes its value."""
    sent = {"title": document["title"]} if "title" in document else {}
    for section in ("customer", "customFields"):
        sent |= {f"{section}.{name}": value for name, value in document.get(section, {}).items()}
    return {path: value for path, value in (values | sent).items() if value is not None}
