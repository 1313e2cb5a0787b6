"""Predict the results of imports that arrive one after the other.

This is a second, independent implementation of the rules of an import. It works on dictionaries and knows a few fields.
"""

from copy import deepcopy
from typing import Any, NamedTuple


class ItemResult(NamedTuple):
    """The result of one item: its status, error code, warning codes, and old and new value of each changed field."""

    status: str
    code: str | None = None
    warnings: frozenset[str] = frozenset()
    changes: dict[str, Any] | None = None


def reported_result(item: dict[str, Any]) -> ItemResult:
    """Return the result that an item of the API reports. The warning `unknown_custom_field` is left out."""
    warnings = {warning["code"] for warning in item["warnings"]} - {"unknown_custom_field"}
    changes = {change["field"]: (change["from"], change["to"]) for change in item.get("changes", [])}
    return ItemResult(item["status"], item.get("errorCode"), frozenset(warnings), changes or None)


def changes_nothing(result: ItemResult) -> bool:
    """Return whether the item changed no value of the target. The source version may have changed."""
    return (
        result.status in ("Rejected", "Skipped")
        or "already_cancelled" in result.warnings
        or result == ItemResult("Updated")
    )


def import_document(
    document: dict[str, Any], stored: dict[str, Any] | None
) -> tuple[ItemResult, dict[str, Any] | None]:
    """Return the expected result of the import of `document`, and the target after it.

    `stored` is the target before it. A target is None if it does not exist, otherwise a dictionary with `values` (by
    path), `status`, `note`, `version` and `moment`.
    """
    sent = {"version": document.get("sourceVersion"), "moment": document.get("sourceUpdatedAtUtc")}
    current = {name: stored[name] if stored else None for name in sent}
    common = next((name for name in sent if sent[name] is not None and current[name] is not None), None)
    if common and sent[common] < current[common]:
        return ItemResult("Skipped", warnings=frozenset({"stale_version"})), stored
    equal = common if common and sent[common] == current[common] else None
    operation = _cancel if document["operation"] == "cancel" else _write
    result, target = operation(document, deepcopy(stored), equal)
    if target is None or result.status == "Rejected":
        return result, stored
    return result, target | {name: current[name] if value is None else value for name, value in sent.items()}


def _cancel(document: dict[str, Any], target: dict[str, Any] | None, equal: str | None) -> tuple[ItemResult, Any]:
    """Cancel a target. `equal` names what the document and the target have in common: their version or moment."""
    cancelled = {"status": "Cancelled", "note": document.get("title")}
    if target is None and ("sourceVersion" in document or "sourceUpdatedAtUtc" in document):
        return ItemResult("Cancelled", warnings=frozenset({"cancelled_before_import"})), {"values": {}} | cancelled
    if target is None:
        return ItemResult("Rejected", "external_id_unknown"), None
    if target["status"] == "Cancelled":
        return ItemResult("Cancelled", warnings=frozenset({"already_cancelled"})), target
    if equal == "version":
        return ItemResult("Rejected", "version_conflict"), target
    warnings = frozenset({"same_moment"} if equal else ())
    return ItemResult("Cancelled", warnings=warnings), target | cancelled


def _write(document: dict[str, Any], target: dict[str, Any] | None, equal: str | None) -> tuple[ItemResult, Any]:
    """Create or change a target. `equal` is as in `_cancel`."""
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
    if changes and equal == "version":
        return ItemResult("Rejected", "version_conflict"), target
    warnings = {"target_reopened"} if reopened else set()
    warnings |= {"same_moment"} if changes and equal == "moment" else set()
    return ItemResult("Updated", warnings=frozenset(warnings), changes=changes or None), written


def _merged(values: dict[str, Any], document: dict[str, Any]) -> dict[str, Any]:
    """Return the values after a JSON merge patch (RFC 7396): a null removes its value."""
    sent = {"title": document["title"]} if "title" in document else {}
    for section in ("customer", "customFields"):
        sent |= {f"{section}.{name}": value for name, value in document.get(section, {}).items()}
    return {path: value for path, value in (values | sent).items() if value is not None}
