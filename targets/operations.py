"""What an import can do to a target: create, update, upsert and cancel it.

An operation runs in its caller's transaction and holds the row until that ends."""

from collections.abc import Iterable

from templates.findings import Finding, quote

from . import documents, paths, rules
from .documents import Document
from .merging import changes_between, merge
from .models import SourceSystem, Target
from .results import Outcome, Result


def apply(document: Document, source_system: SourceSystem) -> Result:
    """Carries out one document. Whatever is wrong with it is in the result; nothing is raised."""
    target = _find(document, source_system)
    if document.operation == "cancel":
        return _cancel(document, target)
    return _write(document, source_system, target)


def _find(document: Document, source_system: SourceSystem) -> Target | None:
    if not document.external_id:
        return None
    known = Target.objects.select_related("template").select_for_update(of=("self",))
    return known.filter(source_system=source_system, external_id=document.external_id).first()


def _cancel(document: Document, target: Target | None) -> Result:
    # A cancel reads no other field, so a fault in one must not keep a driver on the way.
    errors = [e for e in document.errors if e.field in ("externalId", "operation", "title")]
    if target is None and document.external_id:
        errors.append(_unknown_id(document))
    if errors or target is None:
        return _rejected(document, errors)
    warnings = list(document.warnings)
    if target.status == Target.Status.CANCELLED:
        message = "The target was cancelled already; nothing was changed."
        warnings.append(Finding("already_cancelled", "externalId", message))
        if "status" in target.corrections:
            target.corrections["status"]["source"] = Target.Status.CANCELLED
            target.save()
    else:
        target.status = Target.Status.CANCELLED
        target.cancellation_note = document.values.get("title") or ""
        target.save()
    return Result(Outcome.CANCELLED, document.external_id, target.pk, warnings=warnings)


def _write(document: Document, source_system: SourceSystem, found: Target | None) -> Result:
    target = found or Target(source_system=source_system, external_id=document.external_id)
    before = dict(paths.values(target))
    creating = found is None and document.operation != "update"
    merged = merge(document, target, creating=creating)
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
        target.save(force_insert=True)
        return Result(Outcome.CREATED, document.external_id, target.pk, warnings=warnings)
    warnings += _reopen(target)
    changes = changes_between(before, dict(paths.values(target)))
    if changes or target.corrections:
        target.save()
    return Result(Outcome.UPDATED, document.external_id, target.pk, warnings=warnings, changes=changes)


def _reopen(target: Target) -> list[Finding]:
    if "status" in target.corrections:
        target.corrections["status"]["source"] = Target.Status.ACTIVE
        message = "Staff cancelled this target; it stays cancelled until they reopen it."
        return [Finding("kept_correction", "status", message)]
    if target.status == Target.Status.ACTIVE:
        return []
    target.status, target.cancellation_note = Target.Status.ACTIVE, ""
    message = "The target had been cancelled; this import made it active again."
    return [Finding("target_reopened", "externalId", message)]


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
        if not document.is_faulty(*paths.with_partners([conflict.field])):
            yield conflict


def _rejected(document: Document, errors: list[Finding]) -> Result:
    return Result(
        Outcome.REJECTED,
        document.external_id,
        errors=documents.in_order(errors),
        warnings=document.warnings,
    )
