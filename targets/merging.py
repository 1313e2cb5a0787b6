"""Merges a document into a target: absent keeps, null clears (RFC 7396), corrections by staff stay."""

from dataclasses import replace
from typing import Any, NamedTuple

from templates import customfields
from templates.findings import Finding, quote
from templates.models import TargetTemplate
from templates.shelf import Shelf

from . import documents, paths
from .documents import Document
from .models import Target
from .results import Change


class Merged(NamedTuple):
    errors: list[Finding]
    warnings: list[Finding]
    changes: list[Change]


def merge(document: Document, target: Target, shelf: Shelf, *, creating: bool, is_new: bool) -> Merged:
    """Changes the target in memory, and notes what changes of one that is not new.

    One that is being created starts from its template's defaults."""
    template, errors = _template(document, target, shelf, creating=creating)
    if creating and template:
        document = _over_defaults(document, template, shelf)
    values, warnings = dict(document.values), []
    if not errors and not document.is_faulty("templateKey", "customFields"):
        sent = _sent_custom_fields(document, target)
        fields = template.active_fields if template and (creating or sent) else []
        typed = customfields.read(fields, sent)
        missing = customfields.missing(fields, typed.values, complete=creating)
        errors, warnings = typed.errors + missing, typed.warnings
        values |= {paths.CUSTOM + key: value for key, value in typed.values.items()}
    changes: list[Change] = []
    for path, value in values.items():
        if path in target.corrections:
            warnings += _keep_correction(target, path, value)
            continue
        before = None if is_new else paths.get(target, path)
        if not is_new and same(before, value):
            continue
        paths.put(target, path, template if path == "templateKey" else value)
        if not is_new and not same(before, after := paths.get(target, path)):
            changes.append({"field": path, "from": before, "to": after})
    return Merged(errors, warnings, sorted(changes, key=lambda change: paths.place(change["field"])))


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: 8 and 8.0 are, 1 and true are not, at any depth."""
    if isinstance(one, str):  # as most are
        return bool(one == other)
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(value, other[key]) for key, value in one.items())
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other)


def changes_between(before: dict[str, Any], after: dict[str, Any]) -> list[Change]:
    return [
        {"field": path, "from": before.get(path), "to": after.get(path)}
        for path in dict.fromkeys([*before, *after])
        if not same(before.get(path), after.get(path))
    ]


def _keep_correction(target: Target, path: str, value: Any) -> list[Finding]:
    """Remembers what the source sent; says so where it is not what staff put there."""
    target.corrections[path]["source"] = value
    kept = paths.get(target, path)
    if same(kept, value or None if isinstance(value, str) else value):
        return []
    message = f"Staff corrected {path} to {quote(kept)}; {quote(value)} was not taken over."
    return [Finding("kept_correction", path, message)]


def _template(
    document: Document, target: Target, shelf: Shelf, *, creating: bool
) -> tuple[TargetTemplate | None, list[Finding]]:
    if "templateKey" in document.values and "templateKey" not in target.corrections:
        key = document.values["templateKey"]
        template = shelf.with_key(key) if key else None
        return template, [_unknown_template(key, shelf)] if key and not template else []
    if creating and (default := target.source_system.default_template_id):
        return shelf.active_with_id(default), []
    if target.template_id and document.custom_fields != {}:
        return shelf.with_id(target.template_id), []
    return target.template, []


def _unknown_template(key: str, shelf: Shelf) -> Finding:
    known = ", ".join(shelf.active_keys) or "none"
    message = f"{quote(key)} is not an active template; active are: {known}."
    return Finding("unknown_template", "templateKey", message)


def _over_defaults(document: Document, template: TargetTemplate, shelf: Shelf) -> Document:
    defaults = shelf.keep(("defaults", template.pk), lambda: documents.read(template.defaults or {}))
    own = {"templateKey": template.key}
    custom_fields = document.custom_fields
    if custom_fields is not None:
        custom_fields = (defaults.custom_fields or {}) | custom_fields
    values = own | defaults.values | document.values
    return replace(document, values=values, custom_fields=custom_fields)


def _sent_custom_fields(document: Document, target: Target) -> dict[str, Any]:
    if document.custom_fields is None:
        return dict.fromkeys(target.custom_fields)
    return document.custom_fields
