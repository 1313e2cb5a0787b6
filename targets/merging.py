"""Merges a document into a target: absent keeps, null clears (RFC 7396), corrections by staff stay."""

from dataclasses import replace
from typing import Any, NamedTuple

from ordinavo.common.findings import Finding, quote
from targets import paths
from targets.api.target_document import TargetDocumentSerializer
from targets.documents import Document
from targets.models import Target
from targets.results import Change
from templates import custom_fields
from templates.models import TargetTemplate
from templates.template_cache import TemplateCache


class Merged(NamedTuple):
    errors: list[Finding]
    warnings: list[Finding]
    changes: list[Change]


def merge(document: Document, target: Target, templates: TemplateCache, *, creating: bool, is_new: bool) -> Merged:
    """Changes the target in memory, and notes what changes of one that is not new.

    One that is being created starts from its template's defaults."""
    template, errors = _template(document, target, templates, creating=creating)
    if creating and template:
        document = _over_defaults(document, template, templates)
    values, warnings = dict(document.values), []
    if not errors and not document.is_faulty("templateKey", "customFields"):
        sent = _sent_custom_fields(document, target)
        fields = template.active_fields if template and (creating or sent) else []
        typed = custom_fields.parse(fields, sent)
        missing = custom_fields.missing(fields, typed.values, complete=creating)
        errors, warnings = typed.errors + missing, typed.warnings
        values |= {paths.CUSTOM_PREFIX + key: value for key, value in typed.values.items()}
    changes: list[Change] = []
    for path, value in values.items():
        if path in target.corrections:
            warnings += _keep_correction(target, path, value)
            continue
        before = None if is_new else paths.get_value(target, path)
        if not is_new and same(before, value):
            continue
        paths.set_value(target, path, template if path == "templateKey" else value)
        if not is_new and not same(before, after := paths.get_value(target, path)):
            changes.append({"field": path, "from": before, "to": after})
    return Merged(errors, warnings, sorted(changes, key=lambda change: paths.sort_key(change["field"])))


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
    kept = paths.get_value(target, path)
    if same(kept, value or None if isinstance(value, str) else value):
        return []
    message = f"Staff corrected {path} to {quote(kept)}; {quote(value)} was not taken over."
    return [Finding("kept_correction", path, message)]


def _template(
    document: Document, target: Target, templates: TemplateCache, *, creating: bool
) -> tuple[TargetTemplate | None, list[Finding]]:
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
    known = ", ".join(templates.active_keys) or "none"
    message = f"{quote(key)} is not an active template; active are: {known}."
    return Finding("unknown_template", "templateKey", message)


def _over_defaults(document: Document, template: TargetTemplate, templates: TemplateCache) -> Document:
    defaults = templates.memoize(
        ("defaults", template.pk), lambda: TargetDocumentSerializer.read(template.defaults or {})
    )
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
