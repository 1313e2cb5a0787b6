"""The names of a target's fields as staff read them."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from targets import paths
from targets.api.target_document import field_descriptions

_FIELD_OF_DEFAULT = {field.path: field.default_of for field in field_descriptions() if field.default_of}
"""The path of the field for which another is the default of new targets, such as location.defaultPriority."""
_WITHOUT_COLUMN: dict[str, Any] = {
    "": _("target"),
    "status": _("status"),
    "templateKey": _("template"),
    "externalId": _("external id"),
    "externalType": _("external type"),
    "sourceSystem": _("source system"),
    "sourceVersion": _("source version"),
    "sourceUpdatedAtUtc": _("updated in the source at"),
    "operation": _("operation"),
    "customer": _("customer"),
    "contact": _("contact"),
    "location": _("location"),
    "address": _("address"),
    "planning": _("planning"),
    "businessValue": _("business value"),
    "customFields": _("custom fields"),
}


_OPERATIONS: dict[str, Any] = {
    "create": _("create"),
    "update": _("update"),
    "upsert": _("create or update"),
    "cancel": pgettext_lazy("operation", "cancel"),
}


def choice_labels(path: str) -> dict[str, str]:
    """Return the translated labels of the choices of a field, by their values; empty for a field without labels.

    The choices of a custom field are their own labels.
    """
    if path == "operation":
        return {value: str(label) for value, label in _OPERATIONS.items()}
    path = _FIELD_OF_DEFAULT.get(path, paths.PATH_BY_SECOND_NAME.get(path, path))
    choices = paths.model_field(path).flatchoices if path in paths.COLUMN_BY_PATH else []
    return {value: str(label) for value, label in choices}


def field_label(path: str, own_labels: Mapping[str, str] | None = None) -> str:
    """Return the label of the field or section at a path, translated, with a capital letter.

    `own_labels` are labels by path that are used instead, such as those of a template's custom fields or the headings
    of a file. Any other custom field has its key as its label. The second name of a field, such as "location.city", has
    the label of the field. An unknown path is returned as it is.
    """
    if own_labels and path in own_labels:
        return own_labels[path]
    if path.startswith(paths.CUSTOM_PREFIX):
        return path.removeprefix(paths.CUSTOM_PREFIX)
    path = paths.PATH_BY_SECOND_NAME.get(path, path)
    if path in paths.COLUMN_BY_PATH:
        return str(capfirst(paths.model_field(path).verbose_name))
    return str(capfirst(_WITHOUT_COLUMN[path])) if path in _WITHOUT_COLUMN else path
