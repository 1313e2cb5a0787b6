"""What an import can do to a target: create, update, upsert and cancel it.

An operation works on the targets of its working set; who calls it writes them."""

from collections.abc import Iterable

from ordinavo.common.findings import Finding, quote
from ordinavo.common.json_codec import dumps
from targets import paths, rules, versions
from targets.documents import Document
from targets.merging import Merged, merge
from targets.models import Target
from targets.results import Change, Outcome, Result
from targets.versions import Age
from targets.working_set import WorkingSet

# A cancel reads no other field, so a fault in one must not keep a driver on the way.
_READ_BY_CANCEL = (
    "sourceSystem", "externalId", "operation", "title", "sourceVersion", "sourceUpdatedAtUtc",
)  # fmt: skip


def apply(document: Document, targets: WorkingSet) -> Result:
    """Carries out one document. Whatever is wrong with it is in the result; nothing is raised."""
    if any(not error.field for error in document.errors):  # it is no object at all
        return _rejected(document, document.errors)
    if document.source_system not in ("", targets.source_system.key):
        document.errors.append(_other_source_system(document, targets))
    if document.operation == "cancel":
        return _cancel(document, targets)
    return _write(document, targets)


def _cancel(document: Document, targets: WorkingSet) -> Result:
    errors = [error for error in document.errors if error.field in _READ_BY_CANCEL]
    target = targets.get_for_update(document.external_id)
    remembered = target is None and versions.is_versioned(document)
    if target is None and document.external_id and not remembered:
        errors.append(_unknown_id(document))
    if errors:
        return _rejected(document, errors)
    if target is None:
        return _remember_cancel(document, targets)
    age = versions.age(document, target)
    if age is Age.OLDER:
        return _skipped(document, target)
    if target.status == Target.Status.CANCELLED:
        return _cancel_again(document, target, targets)
    if age is Age.EQUAL:
        return _rejected(document, [versions.conflict(document, target)])
    target.status = Target.Status.CANCELLED
    target.cancellation_note = document.values.get("title") or ""
    versions.take(document, target)
    targets.save_later(target)
    return Result(Outcome.CANCELLED, document.external_id, warnings=document.warnings)


def _cancel_again(document: Document, target: Target, targets: WorkingSet) -> Result:
    message = "The target was cancelled already; nothing was changed."
    warning = Finding("already_cancelled", "externalId", message)
    newer = versions.take(document, target)
    if "status" in target.corrections:
        target.corrections["status"]["source"] = Target.Status.CANCELLED
    if newer or "status" in target.corrections:
        targets.save_later(target)
    return Result(Outcome.CANCELLED, document.external_id, warnings=[*document.warnings, warning])


def _remember_cancel(document: Document, targets: WorkingSet) -> Result:
    """A target without a title: what was sent before the cancel, and comes after it, is known to be older."""
    target = Target(
        source_system=targets.source_system,
        external_id=document.external_id,
        status=Target.Status.CANCELLED,
        cancellation_note=document.values.get("title") or "",
    )
    versions.take(document, target)
    targets.save_later(target)
    message = "The target had never been imported; the cancel is remembered, so that an older import changes nothing."
    warning = Finding("cancelled_before_import", "externalId", message)
    return Result(Outcome.CANCELLED, document.external_id, warnings=[*document.warnings, warning])


def _write(document: Document, targets: WorkingSet) -> Result:
    found = targets.get_for_update(document.external_id)
    age = versions.age(document, found) if found else Age.NEWER
    if found and age is Age.OLDER and not document.errors:
        return _skipped(document, found)
    target = found or Target(source_system=targets.source_system, external_id=document.external_id)
    corrections = dumps(target.corrections) if found else b""
    creating = not found.title if found else document.operation != "update"
    merged = merge(document, target, targets.templates, creating=creating, is_new=found is None)
    errors = [
        *document.errors,
        *_existence_errors(document, found),
        *_title_errors(document, target, creating=creating),
        *merged.errors,
        *_conflicts(document, target),
    ]
    if errors:
        return _rejected(document, errors)
    notices = list(rules.notices(target))
    target.warnings = [notice.code for notice in notices]
    warnings = [*document.warnings, *merged.warnings, *notices]
    if found is None:
        versions.take(document, target)
        targets.save_later(target)
        return Result(Outcome.CREATED, document.external_id, warnings=warnings)
    reopened = _reopen(target)
    warnings += reopened.warnings
    changes = [*reopened.changes, *merged.changes]
    differs = bool(changes) or dumps(target.corrections) != corrections
    if differs and age is Age.EQUAL:
        return _rejected(document, [versions.conflict(document, target)])
    if versions.take(document, target) or differs:
        targets.save_later(target)
    return Result(Outcome.UPDATED, document.external_id, warnings=warnings, changes=changes)


def _skipped(document: Document, target: Target) -> Result:
    warnings = [*document.warnings, versions.stale(document, target)]
    return Result(Outcome.SKIPPED, document.external_id, warnings=warnings)


def _other_source_system(document: Document, targets: WorkingSet) -> Finding:
    message = (
        f"sourceSystem must be {quote(targets.source_system.key)}, as for the whole import; "
        f"{quote(document.source_system)} was sent."
    )
    return Finding("invalid_field", "sourceSystem", message)


def _reopen(target: Target) -> Merged:
    if "status" in target.corrections:
        target.corrections["status"]["source"] = Target.Status.ACTIVE
        message = "Staff cancelled this target; it stays cancelled until they reopen it."
        return Merged([], [Finding("kept_correction", "status", message)], [])
    if target.status == Target.Status.ACTIVE:
        return Merged([], [], [])
    change: Change = {"field": "status", "from": target.status, "to": Target.Status.ACTIVE}
    target.status, target.cancellation_note = Target.Status.ACTIVE, ""
    message = "The target had been cancelled; this import made it active again."
    return Merged([], [Finding("target_reopened", "externalId", message)], [change])


def _existence_errors(document: Document, found: Target | None) -> list[Finding]:
    if found and document.operation == "create":
        message = (
            f"A target with the externalId {quote(document.external_id)} exists already; "
            "send update or upsert to change it."
        )
        return [Finding("external_id_exists", "externalId", message)]
    if not found and document.external_id and document.operation == "update":
        return [_unknown_id(document)]
    return []


def _unknown_id(document: Document) -> Finding:
    message = (
        f"There is no target with the externalId {quote(document.external_id)}; "
        "check the id, or send create or upsert first."
    )
    return Finding("external_id_unknown", "externalId", message)


def _title_errors(document: Document, target: Target, *, creating: bool) -> list[Finding]:
    must_have = creating or "title" in document.values
    if target.title or document.is_faulty("title") or not must_have:
        return []
    return [Finding("missing_title", "title", "Title is required.")]


def _conflicts(document: Document, target: Target) -> Iterable[Finding]:
    """Only between fields that could be read: what is faulty has its own error."""
    for conflict in rules.conflicts(target):
        if not document.is_faulty(*paths.with_paired_paths([conflict.field])):
            yield conflict


def _rejected(document: Document, errors: list[Finding]) -> Result:
    return Result(
        Outcome.REJECTED,
        document.external_id,
        errors=paths.in_document_order(errors),
        warnings=document.warnings,
    )
