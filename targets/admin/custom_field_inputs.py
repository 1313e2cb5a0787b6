"""Custom fields as real inputs: made from the template, with what the target has in them."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import escape
from unfold import widgets

from ordinavo.common.json_fields import StrictJSONFormField
from targets import paths
from targets.models import Target
from templates.models import CustomField


class AsTyped(forms.CharField):
    """Text as it is stored. What a browser does to line breaks is no change by staff."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"strip": False} | kwargs)

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").replace("\r\n", "\n")

    def has_changed(self, initial: Any, data: Any) -> bool:
        shown, sent = self.to_python(initial), self.to_python(data)
        if not isinstance(self.widget, forms.Textarea):
            shown = shown.replace("\n", "").replace("\r", "")
        return shown != sent


def inputs(target: Target) -> dict[str, forms.Field]:
    """By path: first the fields of the template, then the keys that it does not know."""
    fields = target.template.active_fields if target.template else []
    known = {field.path: _input(field, target.custom_fields.get(field.key)) for field in fields}
    return known | {path: _unknown(path, value) for path, value in unknown(target)}


def unknown(target: Target) -> Iterator[tuple[str, Any]]:
    known = {field.key for field in target.template.active_fields} if target.template else set()
    for key, value in target.custom_fields.items():
        if key not in known:
            yield paths.CUSTOM_PREFIX + key, value


def sent(value: Any) -> Any:
    """What an import would have sent for what staff typed; None for an emptied input."""
    match value:
        case "":
            return None
        case datetime() | date():
            return value.isoformat()
    return value


def _input(field: CustomField, value: Any) -> forms.Field:
    try:
        typed = None if value is None else field.parse(value)  # an older type may have left "0" for no
    except ValueError:
        made = _unknown(field.path, value)
    else:
        made = _INPUTS.get(field.type, _text)(field, typed)
    made.label = f"{field.label} ({field.unit})" if field.unit else field.label
    made.help_text = escape(field.help)  # the theme takes it for HTML
    made.required = False  # whether it may be empty, the rules of an import say
    return made


def _text(field: CustomField, value: Any) -> forms.Field:
    text = f"{value:f}" if isinstance(value, Decimal) else str("" if value is None else value)
    if "\n" in text or len(text) > 100:
        return AsTyped(initial=text, widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    return AsTyped(initial=text, widget=widgets.UnfoldAdminTextInputWidget)


def _number(field: CustomField, value: Any) -> forms.Field:
    made = _text(field, value)
    step = "1" if field.type == CustomField.Type.INTEGER else "any"
    made.widget = widgets.UnfoldAdminIntegerFieldWidget(attrs={"step": step})
    return made


def _checkbox(field: CustomField, value: Any) -> forms.Field:
    return forms.BooleanField(initial=value, widget=widgets.UnfoldBooleanWidget)


def _date(field: CustomField, value: Any) -> forms.Field:
    initial = date.fromisoformat(value) if value else None
    return forms.DateField(initial=initial, widget=widgets.UnfoldAdminSingleDateWidget)


def _date_time(field: CustomField, value: Any) -> forms.Field:
    initial = datetime.fromisoformat(value) if value else None
    return forms.SplitDateTimeField(initial=initial, widget=widgets.UnfoldAdminSplitDateTimeWidget)


def _choice(field: CustomField, value: Any) -> forms.Field:
    choices = [("", "–"), *((choice, choice) for choice in field.choices)]
    return forms.ChoiceField(choices=choices, initial=value, widget=widgets.UnfoldAdminSelectWidget)


_INPUTS: dict[str, Callable[[CustomField, Any], forms.Field]] = {
    CustomField.Type.INTEGER: _number,
    CustomField.Type.DECIMAL: _number,
    CustomField.Type.BOOLEAN: _checkbox,
    CustomField.Type.DATE: _date,
    CustomField.Type.DATETIME: _date_time,
    CustomField.Type.CHOICE: _choice,
}


def _unknown(path: str, value: Any) -> forms.Field:
    made: forms.Field
    if isinstance(value, str):
        made = AsTyped(initial=value, widget=widgets.UnfoldAdminTextInputWidget)
    else:
        made = StrictJSONFormField(initial=value, widget=widgets.UnfoldAdminTextInputWidget)
    made.label, made.required = path.removeprefix(paths.CUSTOM_PREFIX), False
    return made
