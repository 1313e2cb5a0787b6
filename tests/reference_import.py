"""Predict the results of imports that arrive one after the other.

This is a second, independent implementation of the rules of an import. It works on dictionaries and knows a few fields.
"""

from copy import deepcopy
from typing import Any, NamedTuple


class ItemResult(NamedTuple):
    """The result of one item: its status, error code, warning code, and the old and new value of each changed field."""

    status: str
    code: str | None = None
    warning: str | None = None
    changes: dict[str, Any] | None = None


def reported_result(item: dict[str, Any]) -> ItemResult:
    """Return the result that an item of the API reports. The warning `unknown_custom_field` is left out."""
    warnings = {warning["code"] for warning in item["warnings"]} - {"unknown_custom_field"}
    assert len(warnings) <= 1
    changes = {change["field"]: (change["from"], change["to"]) for change in item.get("changes", [])}
    return ItemResult(item["status"], item.get("errorCode"), next(iter(warnings), None), changes or None)


def changes_nothing(result: ItemResult) -> bool:
    """Return whether the item changed no value of the target. The source version may have changed."""
    return (
        result.status in ("Rejected", "Skipped")
        or result.warning == "already_cancelled"
        or result == ItemResult("Updated")
    )


def import_document(
    document: dict[str, Any], stored: dict[str, Any] | None
) -> tuple[ItemResult, dict[str, Any] | None]:
    """Return the expected result of the import of `document`, and the target after it.

    `stored` is the target before it. A target is None if it does not exist, otherwise a dictionary with `values` (by
    path), `status`, `note` and `version`.
    """
    sent, current = document.get("sourceVersion"), stored and stored["version"]
    comparable = sent is not None and current is not None
    if comparable and sent < current:
        return ItemResult("Skipped", warning="stale_version"), stored
    equal = comparable and sent == current
    operation = _cancel if document["operation"] == "cancel" else _write
    result, target = operation(document, deepcopy(stored), equal)
    if target is None or result.status == "Rejected":
        return result, stored
    return result, target | {"version": current if sent is None else sent}


def _cancel(document: dict[str, Any], target: dict[str, Any] | None, equal: bool) -> tuple[ItemResult, Any]:
    cancelled = {"status": "Cancelled", "note": document.get("title")}
    if target is None and "sourceVersion" in document:
        return ItemResult("Cancelled", warning="cancelled_before_import"), {"values": {}} | cancelled
    if target is None:
        return ItemResult("Rejected", "external_id_unknown"), None
    if target["status"] == "Cancelled":
        return ItemResult("Cancelled", warning="already_cancelled"), target
    if equal:
        return ItemResult("Rejected", "version_conflict"), target
    return ItemResult("Cancelled"), target | cancelled


def _write(document: dict[str, Any], target: dict[str, Any] | None, equal: bool) -> tuple[ItemResult, Any]:
    if target and document["operation"] == "create":
        return ItemResult("Rejected", "external_id_exists"), target
    if not target and document["operation"] == "update":
        return ItemResult("Rejected", "external_id_unknown"), target
    before = target["values"] if target else {}
    after = _merged(before, document)
    if "title" not in after:
        return ItemResult("Rejected", "missing_title"), target
    written = {"values": after, "status": "Active", "note": None}
    if target is None:
        return ItemResult("Created"), written
    reopened = target["status"] == "Cancelled"
    paths = [path for path in before | after if before.get(path) != after.get(path)]
    changes = {path: (before.get(path), after.get(path)) for path in paths}
    changes |= {"status": ("Cancelled", "Active")} if reopened else {}
    if changes and equal:
        return ItemResult("Rejected", "version_conflict"), target
    return ItemResult("Updated", warning="target_reopened" if reopened else None, changes=changes or None), written


def _merged(values: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the values after a JSON merge patch (RFC 7396): a null removes its value."""
    sent = {"title": document["title"]} if "title" in document else {}
    for section in ("customer", "customFields"):
        sent |= {f"{section}.{name}": value for name, value in document.get(section, {}).items()}
    return {path: value for path, value in (values | sent).items() if value is not None}
