"""Merges a document into a target: a field that is absent stays, null empties it (RFC 7396), corrections stay."""

from dataclasses import replace
from typing import Any, NamedTuple

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, quote
from targets import paths
from targets.api.target_document import TargetDocumentSerializer
from targets.documents import Document
from targets.models import Target
from targets.results import Change
from templates import custom_fields
from templates.models import TargetTemplate
from templates.template_cache import TemplateCache


class MergeResult(NamedTuple):
    """What was found while a document was merged into a target."""

    errors: list[Finding]
    """The document must be rejected if there is one, and the changed target thrown away."""
    warnings: list[Finding]
    changes: list[Change]
    """In the order of the contract; empty for a new target."""


def merge(document: Document, target: Target, templates: TemplateCache, *, creating: bool, is_new: bool) -> MergeResult:
    """Set a document's values on `target` in memory, and return the errors, the warnings and what changed.

    An error is an unknown template, or a custom field of the wrong type or without a required value; the errors in
    `document.errors` are not repeated. The target is changed even if there are errors; nothing is written to the
    database. With `creating`, absent fields take the template's defaults, and every required custom field must have a
    value. `is_new` says that no row is stored; then no changes are listed. (A stored target is created if only its
    cancel arrived before.) A field that staff corrected is not changed: the sent value is set beside the correction,
    with a warning if the two differ. Stored custom fields that were not sent get the types of the template if the
    document changes the template or any custom field.
    """
    template, errors = _find_template(document, target, templates, creating=creating)
    if creating and (template or document.new_target_values):
        document = _with_defaults(document, template, templates)
    values, warnings = dict(document.values), []
    changes: list[Change] = []
    if not errors and not document.is_faulty("templateKey", "customFields"):
        typed, errors = _typed_custom_fields(document, target, template, creating=creating)
        values |= {paths.CUSTOM_PREFIX + key: value for key, value in typed.values.items()}
        retyped = _retype_stored(target, template, typed.values)
        warnings, changes = typed.warnings + retyped.warnings, retyped.changes
    for path, value in values.items():
        if path in target.corrections:
            warnings += _remember_source_value(target, path, value)
            continue
        new_value = template if path == "templateKey" else value
        if is_new:
            paths.set_value(target, path, new_value)
        elif change := _set_if_different(target, path, value, new_value):
            changes.append(change)
    return MergeResult(errors, warnings, sorted(changes, key=lambda change: paths.sort_key(change["field"])))


def has_new_content(changes: list[Change], template: TargetTemplate | None) -> bool:
    """Return whether a change is more than that a stored custom field got the type of its template, as from "8" to 8.

    `template` is the template of the target after the changes. False if there are no changes.
    """
    before = {
        change["field"].removeprefix(paths.CUSTOM_PREFIX): change["from"]
        for change in changes
        if change["field"].startswith(paths.CUSTOM_PREFIX)
    }
    typed = custom_fields.parse_stored(template.active_fields, before).values if template and before else {}
    retyped = {paths.CUSTOM_PREFIX + key: value for key, value in typed.items()}
    return any(
        change["field"] not in retyped or not is_same(retyped[change["field"]], change["to"]) for change in changes
    )


def is_same(one: Any, other: Any) -> bool:
    """Return whether two values are equal as JSON, at any depth: 8 equals 8.0, but 1 does not equal true."""
    if isinstance(one, str):  # the most frequent type
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(is_same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(is_same, one, other))
    return bool(one == other)


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    """Return a change with "field", "from" and "to" for each path whose two values differ; empty if none differ.

    Paths of `before` come first, in its order, then those that only `after` has. A path that one of the two does not
    have counts as None there. Values are compared as JSON: 8 equals 8.0.
    """
    return [
        {"field": path, "from": before.get(path), "to": after.get(path)}
        for path in dict.fromkeys([*before, *after])
        if not is_same(before.get(path), after.get(path))
    ]


def _set_if_different(target: Target, path: str, value: Any, new_value: Any) -> Change | None:
    """Set a value of a stored target in memory. Return the change, or None if the field is as before.

    `value` is compared with the present value, as JSON; `new_value` is what is set: at "templateKey" the template, else
    the same. An empty text for an empty field is no change.
    """
    before = paths.get_value(target, path)
    if is_same(before, value):
        return None
    paths.set_value(target, path, new_value)
    after = paths.get_value(target, path)
    return None if is_same(before, after) else {"field": path, "from": before, "to": after}


def _remember_source_value(target: Target, path: str, value: Any) -> list[Finding]:
    """Set what the source sent beside a correction, in memory. Return a list of one warning if the two differ.

    The list is empty if the two are the same; an empty text that was sent counts as null. Raises KeyError if the path
    is not corrected.
    """
    target.corrections[path]["source"] = value
    corrected = paths.get_value(target, path)
    if is_same(corrected, value or None if isinstance(value, str) else value):
        return []
    message = f"Staff corrected {path} to {quote(corrected)}, so {quote(value)} was not stored."
    return [Finding(Code.KEPT_CORRECTION, path, message)]


def _find_template(
    document: Document, target: Target, templates: TemplateCache, *, creating: bool
) -> tuple[TargetTemplate | None, list[Finding]]:
    """Return the template that the target will have, or None, and a list of errors: one if the sent key is unknown.

    A key is unknown if no active template has it. The sent key decides, unless staff corrected the template; null means
    no template. Else a target that is being created has the default template of its source system, or None if that is
    inactive or deleted. Any other target, or one whose source system has no default, has the template that it has now.
    """
    if "templateKey" in document.values and "templateKey" not in target.corrections:
        key = document.values["templateKey"]
        template = templates.active_by_key(key) if key else None
        return template, [_unknown_template(key, templates)] if key and not template else []
    if creating and (default := target.source_system.default_template_id):
        return templates.active_by_id(default), []
    if target.template_id and document.custom_fields != {}:
        return templates.by_id(target.template_id), []
    return target.template, []


def _unknown_template(key: str, templates: TemplateCache) -> Finding:
    """Return the error that no active template has this key.

    Its message lists the keys of active templates, up to MAX_NAMED_TEMPLATES.
    """
    known = ", ".join(templates.active_keys) or "none"
    message = f"{quote(key)} is not an active template; active are: {known}."
    return Finding(Code.UNKNOWN_TEMPLATE, "templateKey", message)


def _with_defaults(document: Document, template: TargetTemplate | None, templates: TemplateCache) -> Document:
    """Return a copy of the document in which absent fields have their defaults, and templateKey the template's key.

    The defaults of the document itself, those of its location, come before those of the template. A field that was sent
    as null stays null; if "customFields" is null, no custom field has its default. The parsed defaults of the template
    are stored in `templates` for the next document.
    """
    if template is None:
        return replace(document, values=document.new_target_values | document.values)
    defaults: Document = templates.memoize(
        ("defaults", template.pk), lambda: TargetDocumentSerializer.read(template.defaults or {})
    )
    sent = document.custom_fields
    return replace(
        document,
        values={"templateKey": template.key}
        | defaults.new_target_values
        | defaults.values
        | document.new_target_values
        | document.values,
        custom_fields=None if sent is None else (defaults.custom_fields or {}) | sent,
    )


def _retype_stored(target: Target, template: TargetTemplate | None, sent: dict[str, Any]) -> MergeResult:
    """Give stored custom fields the types of the template, in memory, and return the changes and the warnings.

    Only values that were not sent are read again, and only if the document changes the template or any custom field.
    They may be from before the template or its field was there. What staff corrected stays as it is. `sent` are the
    sent custom fields by key. Never returns an error.
    """
    if not (template and target.custom_fields and (sent or template.pk != target.template_id)):
        return MergeResult([], [], [])
    unsent = {
        key: value
        for key, value in sorted(target.custom_fields.items())
        if key not in sent and paths.CUSTOM_PREFIX + key not in target.corrections
    }
    typed = custom_fields.parse_stored(template.active_fields if unsent else [], unsent)
    changes = [
        change
        for key, value in typed.values.items()
        if (change := _set_if_different(target, paths.CUSTOM_PREFIX + key, value, value))
    ]
    return MergeResult([], typed.warnings, changes)


def _kept_keys(target: Target, sent: dict[str, Any]) -> frozenset[str]:
    """Return the keys of the sent custom fields that staff corrected to other values, which stay."""
    corrected = [key for key in sent if paths.CUSTOM_PREFIX + key in target.corrections] if target.corrections else []
    return frozenset(key for key in corrected if not is_same(target.custom_fields.get(key), sent[key]))


def _typed_custom_fields(
    document: Document, target: Target, template: TargetTemplate | None, *, creating: bool
) -> tuple[custom_fields.TypedFields, list[Finding]]:
    """Return the sent custom fields with the types of the template, and a list of all errors about them.

    An error is a value of the wrong type, or a required field without a value; with `creating`, also one that was not
    sent. Null for all custom fields counts as null for each stored one. Without a template, the values stay as they
    were sent and have warnings.
    """
    sent = dict.fromkeys(sorted(target.custom_fields)) if document.custom_fields is None else document.custom_fields
    fields = template.active_fields if template and (creating or sent) else []
    typed = custom_fields.parse(fields, sent, not_stored=_kept_keys(target, sent))
    # Staff may have corrected a custom field of a target of which only the cancel arrived before.
    known = target.custom_fields | typed.values if creating else typed.values
    return typed, typed.errors + custom_fields.missing(fields, known, complete=creating)
