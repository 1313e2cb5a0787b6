"""Values and field names of a target as staff read them."""

import json
from typing import Any

from django.contrib.admin.utils import display_for_value
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ordinavo.common.findings import quote
from targets import paths

PRIORITY_VARIANTS = {"Urgent": "danger", "High": "warning", "Medium": "info", "Low": ""}
WARNINGS = {
    "missing_coordinates": _("No coordinates"),
    "due_outside_time_window": _("Due outside window"),
}


def label(path: str) -> str:
    """A path of the contract as staff read it."""
    if path == "status":
        return str(capfirst(_("status")))
    if path == "templateKey":
        return str(capfirst(_("template")))
    if path in paths.COLUMN_BY_PATH:
        return str(capfirst(paths.model_field(path).verbose_name))
    return path.removeprefix(paths.CUSTOM_PREFIX)


def shown(path: str, value: Any) -> str:
    """A value as it is in a record of changes, as staff read it: times in the zone of the site."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if path in paths.COLUMN_BY_PATH:
        try:
            value = paths.model_field(path).to_python(value)
        except ValidationError:
            return quote(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return display_for_value(value, "–")
