"""What can be done to a target: create, update, upsert and cancel by an import, correct by staff.

An operation of an import runs in its caller's transaction and holds the row until that ends."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import transaction
from django.utils import timezone

from templates.findings import Finding, quote

from . import documents, paths, rules
from .documents import Document
from .merging import merge, same
from .models import SourceSystem, Target
from .results import Change, Outcome, Result


def apply(document: Document, source_system: SourceSystem) -> Result:
    """Carries out one document. Whatever is wrong with it is in the result; nothing is raised."""
    target = _find(document, source_system)
    if document.operation == "cancel":
        return _cancel(document, target)
    return _write(document, source_system, target)


def correct(*, target: Target, values: Mapping[str, Any], by: str) -> None:
    """Staff change fields, by path. From then on these are theirs, and imports leave them alone."""
    with transaction.atomic():
        stored = Target.objects.select_related("template").select_for_update(of=("self",))
        fresh = stored.get(pk=target.pk)
        for path in _with_partners(values):
            earlier = fresh.corrections.get(path, {"source": paths.get(fresh, path)})
            note = {"by": by, "at": timezone.now(), "source": earlier["source"]}
            fresh.corrections[path] = note
        for path, value in values.items():
            paths.put(fresh, path, value)
        fresh.save()


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
    warnings = [*document.warnings, *merged.warnings, *rules.notices(target)]
    if found is None:
        target.save(force_insert=True)
        return Result(Outcome.CREATED, document.external_id, target.pk, warnings=warnings)
    if target.status == Target.Status.CANCELLED:
        target.status, target.cancellation_note = Target.Status.ACTIVE, ""
        message = "The target had been cancelled; this import made it active again."
        warnings.append(Finding("target_reopened", "externalId", message))
    changes = _changes(before, dict(paths.values(target)))
    if changes or target.corrections:
        target.save()
    return Result(Outcome.UPDATED, document.external_id, target.pk, warnings=warnings, changes=changes)


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
        if not document.is_faulty(*_with_partners([conflict.field])):
            yield conflict


def _with_partners(fields: Iterable[str]) -> list[str]:
    pairs = [pair for field in fields for pair in paths.PAIRS if field in pair]
    return list(dict.fromkeys([*fields, *(path for pair in pairs for path in pair)]))


def _rejected(document: Document, errors: list[Finding]) -> Result:
    return Result(
        Outcome.REJECTED,
        document.external_id,
        errors=documents.in_order(errors),
        warnings=document.warnings,
    )


def _changes(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return [
        {"field": path, "from": before.get(path), "to": after.get(path)}
        for path in dict.fromkeys([*before, *after])
        if not same(before.get(path), after.get(path))
    ]
