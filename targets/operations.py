"""The four operations of an import: create, update, upsert and cancel.

An operation changes the targets of a working set in memory. The caller writes them.
"""

from collections.abc import Iterable

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, quote
from ordinavo.common.json_codec import dumps
from targets import paths, rules, versions
from targets.api.target_document import paths_read_by_cancel
from targets.documents import Document
from targets.merging import MergeResult, has_new_content, merge
from targets.models import Target
from targets.results import Change, Outcome, Result
from targets.versions import Freshness
from targets.working_set import WorkingSet

_READ_BY_CANCEL = paths_read_by_cancel()


def apply(document: Document, targets: WorkingSet) -> Result:
    """Apply one document to its target in the working set, in memory, and return the result.

    An error in the document does not raise: the outcome is then REJECTED and the working set is not changed. A cancel
    ignores errors in fields that it does not read. If the stored target is newer, the outcome is SKIPPED, even if the
    document has errors or an invalid operation; see `versions.is_stale`. Call `targets.load` first, and write the
    working set afterwards. If the document names another source system, an error is added to `document.errors`.
    """
    if any(not error.field for error in document.errors):  # not an object, or too many members
        return _rejected(document, document.errors)
    if document.source_system not in ("", targets.source_system.key):
        document.errors.append(_wrong_source_system(document, targets))
    stored = targets.copy_of(document.external_id)
    if stored and versions.is_stale(document, stored):
        return _skipped(document, stored)
    if document.operation == "cancel":
        return _cancel(document, stored, targets)
    return _create_or_update(document, stored, targets)


def _cancel(document: Document, target: Target | None, targets: WorkingSet) -> Result:
    """Cancel the stored target, in memory, and return the result, CANCELLED or REJECTED.

    `target` is None if no row is stored. REJECTED if there is an error in a field that a cancel reads, if an active
    target has the same sourceVersion, or if there is no target and the document has no version. If there is no target
    but the document has a version, a cancelled target is added. The sent title becomes the note, unless the target was
    cancelled before.
    """
    # An error in a field that a cancel does not read must not stop it: a driver would be sent for nothing.
    errors = [error for error in document.errors if error.field in _READ_BY_CANCEL]
    can_be_remembered = versions.has_version(document)
    if target is None and document.external_id and not can_be_remembered:
        errors.append(_unknown_external_id(document))
    if errors:
        return _rejected(document, errors)
    if target is None:
        return _remember_cancel(document, targets)
    if target.status == Target.Status.CANCELLED:
        return _cancel_again(document, target, targets)
    freshness = versions.freshness_of(document, target)
    if freshness is Freshness.SAME_VERSION:
        return _rejected(document, [versions.conflict_error(document, target)])
    warnings = [versions.same_moment_warning(document)] if freshness is Freshness.SAME_MOMENT else []
    target.status = Target.Status.CANCELLED
    target.cancellation_note = document.values.get("title") or ""
    versions.copy_version(document, target)
    targets.save_later(target)
    return Result(Outcome.CANCELLED, document.external_id, warnings=[*document.warnings, *warnings])


def _cancel_again(document: Document, target: Target, targets: WorkingSet) -> Result:
    """Return CANCELLED with a warning for a target that is cancelled already. If the sent version is new, store it.

    If staff cancelled the target, its correction of "status" also stores that the source cancelled it. The target is
    saved for later only in these two cases.
    """
    message = "The target was cancelled before; nothing was changed."
    warning = Finding(Code.ALREADY_CANCELLED, "externalId", message)
    has_new_version = versions.copy_version(document, target)
    if "status" in target.corrections:
        target.corrections["status"]["source"] = Target.Status.CANCELLED
    if has_new_version or "status" in target.corrections:
        targets.save_later(target)
    return Result(Outcome.CANCELLED, document.external_id, warnings=[*document.warnings, warning])


def _remember_cancel(document: Document, targets: WorkingSet) -> Result:
    """Add a cancelled target without a title to the working set, so that an older create that arrives later is skipped.

    Return CANCELLED with a warning that the target was never imported.
    """
    target = targets.new_target(document.external_id)
    target.status = Target.Status.CANCELLED
    target.cancellation_note = document.values.get("title") or ""
    versions.copy_version(document, target)
    targets.save_later(target)
    message = "The target was never imported. The cancel is stored, so that an older import changes nothing."
    warning = Finding(Code.CANCELLED_BEFORE_IMPORT, "externalId", message)
    return Result(Outcome.CANCELLED, document.external_id, warnings=[*document.warnings, warning])


def _create_or_update(document: Document, stored: Target | None, targets: WorkingSet) -> Result:
    """Create the document's target or merge the document into it, in memory, and return the result.

    CREATED if no row is stored (`stored` is None). UPDATED if there is one, also if nothing differs; a target that only
    its source cancelled becomes active again. REJECTED, with nothing saved for later, if there is any error, or if the
    target has the same sourceVersion and other content.
    """
    target = stored or targets.new_target(document.external_id)
    corrections_before = dumps(target.corrections) if stored else b""
    # Only a target whose cancel arrived before its create has no title.
    creating = not stored.title if stored else document.operation != "update"
    merged = merge(document, target, targets.templates, creating=creating, is_new=stored is None)
    if errors := _all_errors(document, stored, target, merged, creating=creating):
        return _rejected(document, errors)
    target_warnings = list(rules.warnings_of(target))
    target.warnings = [str(warning.code) for warning in target_warnings]
    # The source cannot mend what staff corrected.
    of_source = [warning for warning in target_warnings if warning.field not in target.corrections]
    found = [*merged.warnings, *_type_warnings(merged.changes), *of_source]
    warnings = [*document.warnings, *document.as_sent(found)]
    if stored is None:
        versions.copy_version(document, target)
        targets.save_later(target)
        warnings += document.warnings_of_changes.values()
        return Result(Outcome.CREATED, document.external_id, warnings=warnings)
    freshness = versions.freshness_of(document, stored)
    reopened = _reopen_if_cancelled(target)
    changes = [*reopened.changes, *merged.changes]
    has_new_source_values = dumps(target.corrections) != corrections_before
    differs = bool(changes) or has_new_source_values
    if freshness is not Freshness.NEWER and (has_new_source_values or has_new_content(changes, target.template)):
        if freshness is Freshness.SAME_VERSION:
            return _rejected(document, [versions.conflict_error(document, target)])
        warnings.append(versions.same_moment_warning(document))
    warnings += reopened.warnings
    warnings += [warning for path, warning in document.warnings_of_changes.items() if _is_changed(path, changes)]
    if versions.copy_version(document, target) or differs:
        targets.save_later(target)
    return Result(Outcome.UPDATED, document.external_id, warnings=warnings, changes=changes)


def _all_errors(
    document: Document, stored: Target | None, target: Target, merged: MergeResult, *, creating: bool
) -> list[Finding]:
    """Return every error that must reject a create, update or upsert; empty if there is none.

    `stored` is None if no row is stored. `target` is the target after the merge, and `merged` is what `merge` returned.
    """
    return [
        *document.errors,
        *_existence_errors(document, stored),
        *_title_errors(document, target, creating=creating),
        *document.as_sent([*merged.errors, *_rule_errors(document, target)]),
    ]


def _is_changed(path: str, changes: list[Change]) -> bool:
    """Return whether one of the changes is at this path."""
    return any(change["field"] == path for change in changes)


def _type_warnings(changes: list[Change]) -> Iterable[Finding]:
    """Yield a warning if the externalType changes from one text to another.

    Then two number ranges of the source system may overwrite each other.
    """
    for change in changes:
        if change["field"] == "externalType" and change["from"] and change["to"]:
            message = (
                f"externalType was {quote(change['from'])} and is now {quote(change['to'])}. "
                "Check that both are the same order."
            )
            yield Finding(Code.EXTERNAL_TYPE_CHANGED, "externalType", message)


def _skipped(document: Document, target: Target) -> Result:
    """Return the result SKIPPED with a warning that the stored target is newer than the document."""
    warnings = [*document.warnings, versions.stale_warning(document, target)]
    return Result(Outcome.SKIPPED, document.external_id, warnings=warnings)


def _wrong_source_system(document: Document, targets: WorkingSet) -> Finding:
    """Return the error that the document names another source system than its import."""
    message = (
        f"sourceSystem must be {quote(targets.source_system.key)}, as for the whole import; "
        f"{quote(document.source_system)} was sent."
    )
    return Finding(Code.INVALID_FIELD, "sourceSystem", message)


def _reopen_if_cancelled(target: Target) -> MergeResult:
    """Make a cancelled target active again, in memory. Return the change of its status and a warning; never an error.

    Its cancellation note is emptied, which is not listed as a change. If staff cancelled it, it stays cancelled: its
    correction stores that the source made it active, and there is only a warning. An active target stays as it is and
    has no change and no warning.
    """
    if "status" in target.corrections:
        target.corrections["status"]["source"] = Target.Status.ACTIVE
        message = "Staff cancelled this target. It stays cancelled until they reopen it."
        return MergeResult([], [Finding(Code.KEPT_CORRECTION, "status", message)], [])
    if target.status == Target.Status.ACTIVE:
        return MergeResult([], [], [])
    change: Change = {"field": "status", "from": target.status, "to": Target.Status.ACTIVE}
    target.status, target.cancellation_note = Target.Status.ACTIVE, ""
    message = "The target was cancelled; this import made it active again."
    return MergeResult([], [Finding(Code.TARGET_REOPENED, "externalId", message)], [change])


def _existence_errors(document: Document, stored: Target | None) -> list[Finding]:
    """Return an error if a create finds a stored target, or an update finds none; else an empty list.

    An update without a readable externalId has another error already, so none is added.
    """
    if stored and document.operation == "create":
        message = (
            f"A target with the externalId {quote(document.external_id)} already exists; "
            "send update or upsert to change it."
        )
        return [Finding(Code.EXTERNAL_ID_EXISTS, "externalId", message)]
    if not stored and document.external_id and document.operation == "update":
        return [_unknown_external_id(document)]
    return []


def _unknown_external_id(document: Document) -> Finding:
    """Return the error that there is no target with the document's externalId."""
    message = (
        f"There is no target with the externalId {quote(document.external_id)}; "
        "check the id, or send create or upsert first."
    )
    return Finding(Code.EXTERNAL_ID_UNKNOWN, "externalId", message)


def _title_errors(document: Document, target: Target, *, creating: bool) -> list[Finding]:
    """Return an error if the merged target has no title; else an empty list.

    There is none if the sent title has an error already, or if the document updates a target without sending a title.
    """
    needs_title = creating or "title" in document.values
    if target.title or document.is_faulty("title") or not needs_title:
        return []
    return [Finding(Code.MISSING_TITLE, "title", "Title is required.")]


def _rule_errors(document: Document, target: Target) -> Iterable[Finding]:
    """Yield an error for each rule between fields that the merged target breaks.

    A rule is left out if one of its fields could not be read, because that field has an error of its own.
    """
    for violation in rules.violations_of(target):
        if not document.is_faulty(*paths.with_paired_paths([violation.field])):
            yield violation


def _rejected(document: Document, errors: list[Finding]) -> Result:
    """Return the result REJECTED with the document's externalId and warnings, and `errors` in the contract's order.

    Only `errors` are in it, not those of the document: a cancel leaves some of these out.
    """
    return Result(
        Outcome.REJECTED,
        document.external_id,
        errors=paths.in_document_order(errors),
        warnings=document.warnings,
    )
