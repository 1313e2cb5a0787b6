"""The inputs for custom fields on the page of a target, made from the target's template."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.html import escape
from unfold import widgets

from ordinavo.common.json_fields import StrictJSONFormField
from ordinavo.common.local_numbers import number_text
from targets import paths
from targets.admin.local_times import LocalDateTimeField
from targets.admin.number_fields import DecimalTextField, decimal_input
from targets.admin.text_fields import ExactTextField
from targets.models import Target
from templates.models import CustomField

MAX_ONE_LINE_LENGTH = 100
"""Characters of a text above which its input has several lines."""


def build_inputs(target: Target) -> dict[str, forms.Field]:
    """Return the inputs of a target's custom fields, by paths such as "customFields.floor"; empty if there are none.

    First those of the template's active fields, then those of stored keys that the template does not define.
    """
    fields = target.template.active_fields if target.template else []
    defined = {field.path: _input(field, target.custom_fields.get(field.key)) for field in fields}
    return defined | {path: _untyped_input(path, value) for path, value in undefined_values(target)}


def undefined_values(target: Target) -> Iterator[tuple[str, Any]]:
    """Yield path and value of the stored custom fields that are not active fields of the template.

    Yields all stored custom fields if the target has no template.
    """
    defined = {field.key for field in target.template.active_fields} if target.template else set()
    for key, value in target.custom_fields.items():
        if key not in defined:
            yield paths.CUSTOM_PREFIX + key, value


def as_sent(value: Any) -> Any:
    """Return the value of an input as an import would send it: dates as ISO 8601 text, None for an empty text.

    A date-time keeps its offset, if it has one. Any other value is returned unchanged.
    """
    match value:
        case "":
            return None
        case datetime() | date():
            return value.isoformat()
    return value


def _input(field: CustomField, value: Any) -> forms.Field:
    """Return the optional input for a custom field, with the field's label, unit and help, filled with a stored value.

    A value that does not fit the field's type, because it was stored under an earlier type, gets the input that
    `_untyped_input` returns.
    """
    try:
        typed = None if value is None else field.parse(value)
    except ValueError:
        made = _untyped_input(field.path, value)
    else:
        made = _INPUTS.get(field.type, _text_input)(field, typed)
    made.label = f"{field.label} ({field.unit})" if field.unit else field.label
    made.help_text = escape(field.help)  # Unfold renders help texts as HTML.
    made.required = False  # The rules of an import decide whether it may be empty.
    return made


def _text_input(field: CustomField, value: Any) -> forms.Field:
    """Return a text input filled with a value, with several lines if it has line breaks or is long.

    Long is more than MAX_ONE_LINE_LENGTH characters. None is shown empty.
    """
    text = f"{value:f}" if isinstance(value, Decimal) else str("" if value is None else value)
    if "\n" in text or len(text) > MAX_ONE_LINE_LENGTH:
        return ExactTextField(initial=text, widget=widgets.UnfoldAdminTextareaWidget(attrs={"rows": 3}))
    return ExactTextField(initial=text, widget=widgets.UnfoldAdminTextInputWidget)


def _integer_input(field: CustomField, value: Any) -> forms.Field:
    """Return a number input filled with a value. It sends text, so that no digit is lost."""
    made = _text_input(field, value)
    made.widget = widgets.UnfoldAdminIntegerFieldWidget(attrs={"step": "1"})
    return made


def _decimal_input(field: CustomField, value: Any) -> forms.Field:
    """Return an input for a decimal number filled with a value, which is written in the user's language."""
    return DecimalTextField(initial="" if value is None else number_text(value), widget=decimal_input())


def _boolean_input(field: CustomField, value: Any) -> forms.Field:
    """Return a list of "unknown", "yes" and "no" with a value selected. None is shown as "unknown".

    A required field that has a value cannot become empty again, so it gets a checkbox.
    """
    if field.required and value is not None:
        return forms.BooleanField(initial=value, widget=widgets.UnfoldBooleanWidget)
    return forms.NullBooleanField(initial=value, widget=widgets.UnfoldAdminNullBooleanSelectWidget)


def _date_input(field: CustomField, value: Any) -> forms.Field:
    """Return a date input filled with a date in ISO 8601; empty for None. Raises ValueError if it is not a date."""
    initial = date.fromisoformat(value) if value else None
    return forms.DateField(initial=initial, widget=widgets.UnfoldAdminSingleDateWidget)


def _date_time_input(field: CustomField, value: Any) -> forms.Field:
    """Return a date and a time input filled with a moment in ISO 8601; empty for None or an empty text.

    Raises ValueError for any other text.
    """
    initial = datetime.fromisoformat(value) if value else None
    return LocalDateTimeField(initial=initial, widget=widgets.UnfoldAdminSplitDateTimeWidget)


def _choice_input(field: CustomField, value: Any) -> forms.Field:
    """Return a list of the field's choices, with a dash for no value, and a value selected."""
    choices = [("", "–"), *((choice, choice) for choice in field.choices)]
    return forms.ChoiceField(choices=choices, initial=value, widget=widgets.UnfoldAdminSelectWidget)


_INPUTS: dict[str, Callable[[CustomField, Any], forms.Field]] = {
    CustomField.Type.INTEGER: _integer_input,
    CustomField.Type.DECIMAL: _decimal_input,
    CustomField.Type.BOOLEAN: _boolean_input,
    CustomField.Type.DATE: _date_input,
    CustomField.Type.DATETIME: _date_time_input,
    CustomField.Type.CHOICE: _choice_input,
}


def _untyped_input(path: str, value: Any) -> forms.Field:
    """Return an optional input for a value without a type: plain text for a string, JSON for anything else.

    Its label is the key of the custom field.
    """
    made: forms.Field
    if isinstance(value, str):
        made = ExactTextField(initial=value, widget=widgets.UnfoldAdminTextInputWidget)
    else:
        made = StrictJSONFormField(initial=value, widget=widgets.UnfoldAdminTextInputWidget)
    made.label, made.required = path.removeprefix(paths.CUSTOM_PREFIX), False
    return made
