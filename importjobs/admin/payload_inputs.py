"""Inputs for single values of a payload, made from the declaration of targets and the custom fields of a template.

An input shows the value as it was sent, also one that is faulty. `cleaned_data` has the JSON value to send instead.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.text import capfirst
from django.utils.timezone import get_current_timezone_name, localtime
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from importjobs.files import columns
from ordinavo.common import scalars
from ordinavo.common.codes import Code
from ordinavo.common.findings import quote
from ordinavo.common.json_codec import dumps
from ordinavo.common.local_numbers import number_text, parse_number
from ordinavo.common.times_of_day import parse_time
from targets import paths
from targets.admin.local_times import local_moment
from targets.api.target_document import field_descriptions
from targets.labels import choice_labels, field_label
from targets.payload_paths import ABSENT
from templates.models import CustomField, TargetTemplate

MAX_ONE_LINE_LENGTH = 100
"""Characters of a text above which its input has several lines."""
_NOT_CHANGED = {"sourceSystem"}
"""An item stays in its source system."""
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
_MAX_SHOWN_DIGITS = 30
"""Of a number that is shown in the language. A larger one, such as 1E+999, is shown as it was sent."""
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


def make_input(spec: FieldSpec, sent: Any, *, is_faulty: bool = True) -> "SentField":
    """Return the optional input for a field, filled with the value that was sent, or ABSENT."""
    kinds: dict[str, type[SentField]] = {
        "integer": NumberField, "decimal": NumberField, "boolean": YesNoField, "date": DayField,
        "datetime": MomentField, "choice": OneOfField,
    }  # fmt: skip
    return kinds.get(spec.type_name, SentField)(spec, sent, is_faulty)


class SentField(forms.CharField):
    """An input for a value that was sent. This one is for texts, and shows any other value as JSON."""

    def __init__(self, spec: FieldSpec, sent: Any, is_faulty: bool) -> None:
        """Show the value that was sent. It reports a change only if staff changed what is shown, or if it must be text.

        A faulty number or boolean in a field for texts must.
        """
        self.spec, self.sent, self.is_faulty = spec, sent, is_faulty
        self.becomes_text = is_faulty and type(self) is SentField and isinstance(sent, bool | int | Decimal)
        shown = self.shown(sent)
        is_hidden = bool(not shown and _text_of(sent))
        help_texts = [spec.help, _("Sent: %(value)s") % {"value": quote(sent)} if is_hidden else ""]
        super().__init__(
            label=spec.label,
            required=False,
            strip=False,
            initial=shown,
            widget=self.make_widget(shown),
            help_text=escape(" ".join(text for text in help_texts if text)),  # Unfold renders help texts as HTML.
        )

    def shown(self, sent: Any) -> str:
        """Return the text that the input shows."""
        return _text_of(sent)

    def make_widget(self, shown: str) -> forms.Widget:
        """Return the widget, with several lines for a long text."""
        if "\n" in shown or len(shown) > MAX_ONE_LINE_LENGTH:
            return UnfoldAdminTextareaWidget(attrs={"rows": 3})
        return UnfoldAdminTextInputWidget()

    def to_python(self, value: Any) -> Any:
        """Return the JSON value for a posted text: that which was sent if the text was not changed."""
        text = (value or "").replace("\r\n", "\n")
        return self.read(text) if self.has_changed(self.initial, value) else self.sent

    def read(self, text: str) -> Any:
        """Return the JSON value for a text that staff entered. An empty one is null."""
        return text or None

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether staff changed the text, or the value becomes a text. Other line breaks are no change."""
        posted, shown = (data or "").replace("\r\n", "\n"), initial or ""
        if isinstance(self.widget, UnfoldAdminTextInputWidget):
            shown = shown.replace("\n", "").replace("\r", "")
        return posted != shown or self.becomes_text


class NumberField(SentField):
    """An input for a number. It is a text input, so that no browser rounds the number or changes its point."""

    def make_widget(self, shown: str) -> forms.Widget:
        """Return a text input that opens the digits on a phone."""
        mode = "numeric" if self.spec.type_name == "integer" else "decimal"
        return UnfoldAdminTextInputWidget(attrs={"inputmode": mode})

    @property
    def _has_thousands(self) -> bool:
        """Whether a number may be grouped: degrees are not."""
        return not self.spec.path.endswith((".latitude", ".longitude"))

    def shown(self, sent: Any) -> str:
        """Return a number with the decimal separator of the language, and any other value as text."""
        try:
            number = scalars.parse_number(sent)
        except ValueError:
            return _text_of(sent)
        is_short = abs(number.adjusted()) < _MAX_SHOWN_DIGITS
        return number_text(number, has_thousands=self._has_thousands) if is_short else _text_of(sent)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether staff changed the text, or left a faulty one such as "12,5" that means one number."""
        return super().has_changed(initial, data) or self.becomes_number

    @cached_property
    def becomes_number(self) -> bool:
        """Whether the sent value is a faulty text that can mean only one number."""
        if not self.is_faulty or not isinstance(self.sent, str) or self.shown(self.sent) != self.sent:
            return False
        try:
            return self.read(self.sent) not in (self.sent.strip(), None)
        except ValidationError:
            return False

    def read(self, text: str) -> Any:
        """Return a number, or a text if the value was sent as one or if it is no number.

        Raises ValidationError if the number can be read in two ways.
        """
        plain = text.strip()
        try:
            plain = parse_number(plain, has_thousands=self._has_thousands)
        except ValueError:
            return plain or None
        if not _JSON_NUMBER.fullmatch(plain) or isinstance(self.sent, str):
            return plain
        return int(plain) if plain.lstrip("-").isdigit() and len(plain) < 18 else Decimal(plain)


class OneOfField(SentField):
    """A list of the field's choices. A value that was sent and is no choice is the last entry."""

    def make_widget(self, shown: str) -> forms.Widget:
        """Return the list, with a dash for no value."""
        choices = [("", "–"), *self.spec.choices]
        if shown and shown not in dict(self.spec.choices):
            choices.append((shown, _("%(value)s (as sent)") % {"value": quote(shown)}))
        return UnfoldAdminSelectWidget(choices=choices)


class YesNoField(OneOfField):
    """A list of yes, no and no value, for a boolean."""

    def shown(self, sent: Any) -> str:
        """Return "true" or "false" for each spelling of these, else the value as text."""
        try:
            return "true" if scalars.parse_boolean(sent) else "false"
        except ValueError:
            return _text_of(sent)

    def make_widget(self, shown: str) -> forms.Widget:
        """Return the list."""
        self.spec = self.spec._replace(choices=[("true", _("Yes")), ("false", _("No"))])
        return super().make_widget(shown)

    def read(self, text: str) -> Any:
        """Return the boolean, or null."""
        return {"true": True, "false": False}.get(text)


class DayField(SentField):
    """An input for a date. A faulty value, which it cannot show, is in its help text and stays unless it is changed."""

    def shown(self, sent: Any) -> str:
        """Return the date by ISO 8601, which the browser shows as its user writes dates; empty for a faulty value."""
        try:
            return scalars.parse_date(sent).isoformat()
        except ValueError:
            return ""

    def make_widget(self, shown: str) -> forms.Widget:
        """Return the date input of the browser."""
        return UnfoldAdminTextInputWidget(attrs={"type": "date", "class": "native-date"})


class MomentField(SentField):
    """An input for a date and a time of day in the site's time zone. A faulty value is shown as by `DayField`."""

    def shown(self, sent: Any) -> str:
        """Return the local date and time; empty for a faulty value."""
        try:
            return localtime(scalars.parse_datetime(sent)).replace(tzinfo=None).isoformat(timespec="minutes")
        except ValueError:
            return ""

    def make_widget(self, shown: str) -> forms.Widget:
        """Return the input of the browser for a date and a time."""
        return UnfoldAdminTextInputWidget(attrs={"type": "datetime-local", "class": "native-date"})

    def read(self, text: str) -> Any:
        """Return the moment by RFC 3339 with the offset of the site's time zone, or the text if it is no moment.

        A browser without such an input sends what was typed: the time may be in each form that `parse_time` reads.
        Raises ValidationError if the clocks skip the time, or show it twice.
        """
        day, _separator, at = text.strip().replace("T", " ", 1).partition(" ")
        try:
            return local_moment(scalars.parse_date(day), parse_time(at)).isoformat()
        except ValueError:
            return text or None


def _text_of(sent: Any) -> str:
    """Return a sent value as the text of an input: text as it is, null and no value empty, all else as JSON."""
    if sent is None or sent is ABSENT:
        return ""
    return sent if isinstance(sent, str) else dumps(sent).decode()


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
