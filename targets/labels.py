"""The names of a target's fields as staff read them."""

from collections.abc import Mapping
from typing import Any

from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from targets import paths

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
