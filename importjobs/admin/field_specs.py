"""What the forms of the admin need to know about the fields of a payload: their labels, types and choices."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import gettext as _

from importjobs.files import columns
from ordinavo.common.codes import Code
from targets import paths
from targets.api.target_document import field_descriptions
from targets.labels import choice_labels, field_label
from templates.models import CustomField, TargetTemplate

_NOT_CHANGED = {"sourceSystem"}
"""An item stays in its source system."""
_UNITS = {"minutes": "min", "percent": "%"}


class FieldSpec(NamedTuple):
    """What an input needs to know about a field."""

    path: str
    """By the name that the sender uses."""
    label: str
    """Translated, with the heading of its section."""
    type_name: str
    """As of a custom field: text, integer, decimal, boolean, date, datetime or choice."""
    choices: list[tuple[str, str]]
    """The values and labels of a choice."""
    help: str = ""


_TYPES = {
    "whole number": "integer",
    "number": "decimal",
    "number ≥ 0": "decimal",
    "date": "date",
    "date-time": "datetime",
    "boolean": "boolean",
}
"""The type of a custom field that has the same input, by the type of a declared field."""


def field_specs(template: TargetTemplate | None) -> dict[str, FieldSpec]:
    """Return what inputs need to know about each field of a target, by each name that a sender may use for it.

    The custom fields are those of the template. Makes a query for its fields, and one for the keys of the templates.
    """
    specs = {spec.path: spec for spec in _declared()}
    for field in template.active_fields if template else []:
        specs[field.path] = _of_custom_field(field)
    keys = TargetTemplate.objects.filter(active=True).values_list("key", "name")
    specs["templateKey"] = specs["templateKey"]._replace(type_name="choice", choices=list(keys))
    return specs


def label_of(path: str) -> str:
    """Return the translated label of a declared field by any of its names, with the heading of its section.

    Other labels are those of `field_label`: of a section its heading, of a custom field its key, of an unknown path
    that path itself. Empty for an empty path.
    """
    found = [field for field in field_descriptions() if path in field.names]
    if found:
        return _label(found[0].path, found[0].heading)
    return field_label(path) if path else ""


def fields_to_mend(error: dict[str, Any]) -> list[str]:
    """Return the names of the fields that staff may change to mend an error, by the names that the sender uses.

    First the field of the error itself. The two names of one field are mended together, as are two coordinates and the
    two ends of a time window, and the operation if a target exists already or does not exist.
    """
    names = [error["field"]]
    known = {name: field for field in field_descriptions() for name in field.names}
    if field := known.get(error["field"]):
        dialect = field.names.index(error["field"])
        pair = [known[path].names for path in paths.with_paired_paths([field.path])[1:]]
        names += [of_other[min(dialect, len(of_other) - 1)] for of_other in pair]
        names += field.names if error["code"] == Code.CONFLICTING_FIELDS else []
    if error["code"] in (Code.EXTERNAL_ID_EXISTS, Code.EXTERNAL_ID_UNKNOWN):
        names.append("operation")
    return list(dict.fromkeys(names))


def _declared() -> Iterator[FieldSpec]:
    """Yield the specs of the declared fields, by their first and their second names."""
    for field in field_descriptions():
        if field.path in _NOT_CHANGED:
            continue
        labels = choice_labels(field.path)
        choices = [(choice, labels.get(choice, choice)) for choice in field.choices]
        type_name = "choice" if choices else _TYPES.get(field.type_name, "text")
        help_text = _UNITS.get(field.unit, "")
        if type_name == "datetime":
            help_text = _time_zone_note()
        for name in field.names:
            yield FieldSpec(name, _label(field.path, field.heading), type_name, choices, help_text)


def _of_custom_field(field: CustomField) -> FieldSpec:
    """Return the spec of a custom field, with its unit in the label."""
    label = f"{field.label} ({field.unit})" if field.unit else field.label
    notes = [field.help, _time_zone_note() if field.type == CustomField.Type.DATETIME else ""]
    choices = [(choice, choice) for choice in field.choices]
    return FieldSpec(field.path, label, field.type, choices, " ".join(note for note in notes if note))


def _label(path: str, heading: Any) -> str:
    """Return the label of a declared field with the heading of its section."""
    label = str(capfirst(columns.label_of(path)))
    return f"{heading}: {label}" if heading else label


def _time_zone_note() -> str:
    """Return in which time zone the times of the form are."""
    return _("Time zone: %(zone)s.") % {"zone": get_current_timezone_name()}
