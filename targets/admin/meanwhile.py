"""Compare a page that is being saved with what others changed in the meantime."""

import copy
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ordinavo.common.json_codec import dumps, loads
from ordinavo.common.local_days import moment_text
from targets import paths
from targets.admin import custom_field_inputs, history
from targets.admin.display import change_rows
from targets.admin.local_times import Window
from targets.labels import field_label
from targets.merging import changes_between
from targets.models import Target
from targets.results import Change
from templates.models import TargetTemplate

CHOICE_PREFIX = "take."
"""Before a path: the name of the two radio buttons that choose between what was entered and what is stored."""

MERGED_TEXT = gettext_lazy(
    "Somebody else changed other fields of this target since you opened it. Both changes are kept."
)

MERGED_BEFORE_SAVING_TEXT = gettext_lazy(
    "Somebody else changed other fields of this target since you opened it. They are shown here and stay as they are."
)


class UnreadableValues(Exception):
    """The values that the page had when it was opened cannot be read."""


def changes_since(opened_values: str, now: Mapping[str, Any]) -> list[Change]:
    """Return what others changed since a page was opened. Both sides have the values of a target by path.

    `opened_values` is JSON from the browser. Raises UnreadableValues if it is not what the page was opened with.
    """
    try:
        opened = dict(loads(opened_values))
    except (ValueError, TypeError):
        raise UnreadableValues from None
    if not all(isinstance(path, str) for path in opened) or "\\u0000" in opened_values:
        raise UnreadableValues
    return changes_between(opened, loads(dumps(dict(now))))


def as_opened(target: Target, changes: Iterable[Change]) -> Target:
    """Return a copy of a target in memory with the values that it had before the changes.

    Raises UnreadableValues if a former value does not fit its field.
    """
    opened = copy.copy(target)
    opened.custom_fields = dict(target.custom_fields)
    for change in changes:
        path, value = change["field"], change["from"]
        try:
            if path == "templateKey":
                value = TargetTemplate.objects.filter(key=value).first()
            elif path in paths.COLUMN_BY_PATH and value is not None:
                value = paths.model_field(path).to_python(value)
            if path != "status":
                paths.set_value(opened, path, value)
            if isinstance(value, datetime):
                localtime(value)  # the form shows it
        except (ValidationError, ValueError, TypeError, OverflowError):
            raise UnreadableValues from None
    return opened


def initial_values(target: Target) -> dict[str, Any]:
    """Return the values of a target that its form shows, by the names of the form's fields."""
    columns = {name: getattr(target, name) for name in paths.PATH_BY_COLUMN}
    custom = {path: field.initial for path, field in custom_field_inputs.build_inputs(target).items()}
    window = Window(target.time_window_start, target.time_window_end, target.route_date)
    return columns | custom | {"template": target.template_id, "time_window": window}


def changes_text(changes: Iterable[Change]) -> list[str]:
    """Return a sentence for each change: the field, what it was and what it is now."""
    text = _("%(field)s: was %(old)s, is now %(new)s.")
    return [text % {"field": label, "old": old, "new": new} for label, old, new in change_rows(changes)]


def input_names(bound: forms.BoundField) -> list[str]:
    """Return the names that a browser sends for a field of a form: its own, and those of its parts."""
    widget = bound.field.widget
    parts = [bound.html_name + suffix for suffix in getattr(widget, "widgets_names", [])]
    return [bound.html_name, *parts]


def show_stored(data: QueryDict, name: str, field: forms.Field, value: Any) -> None:
    """Replace in the data of a form what was sent for a field by the stored value, as its input shows it."""
    widget: Any = getattr(field.widget, "widget", field.widget)  # that of the template is wrapped
    context = widget.get_context(name, field.prepare_value(value), {})["widget"]
    for part in context.get("subwidgets") or [context]:
        shown = part["value"]
        if part.get("type") == "checkbox":
            data.pop(part["name"], None)
            if part["attrs"].get("checked"):
                data[part["name"]] = "on"
        else:
            data[part["name"]] = "" if shown is None else shown[0] if isinstance(shown, list) else shown


def who_changed(target: Target, path: str) -> str:
    """Return who changed a field last and when, such as " (anna, 25.06.2026 10:00)", or "" if it is not known."""
    label = field_label(path)
    for entry in history.list_entries(target):
        if any(row[0] == label for row in entry.changes):
            return f" ({entry.who}, {moment_text(entry.at)})"
    return ""


def choice_between(target: Target, path: str, mine: str, stored: str) -> SafeString:
    """Return HTML with two radio buttons: keep what the user entered, which is selected, or take what is stored now."""
    return format_html(
        '<span class="side-by-side" role="radiogroup" aria-label="{label}">'
        '<label><input type="radio" name="{name}" value="mine" checked> {keep} <strong>{mine}</strong></label>'
        '<label><input type="radio" name="{name}" value="theirs"> {take}{who} <strong>{stored}</strong></label></span>',
        label=field_label(path),
        name=CHOICE_PREFIX + path,
        keep=_("Keep mine:"),
        mine=mine,
        take=_("Take what is stored now:"),
        who=who_changed(target, path),
        stored=stored,
    )
