"""Inputs for single values of a payload, made from the declaration of targets and the custom fields of a template.

An input shows the value as it was sent, also one that is faulty. `cleaned_data` has the JSON value to send instead.
"""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.functional import cached_property
from django.utils.html import escape
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from importjobs.admin.field_specs import FieldSpec
from ordinavo.common import scalars
from ordinavo.common.findings import quote
from ordinavo.common.json_codec import dumps
from ordinavo.common.local_numbers import number_text, parse_number
from ordinavo.common.times_of_day import parse_time
from targets.admin.local_times import local_moment
from targets.payload_paths import ABSENT

MAX_ONE_LINE_LENGTH = 100
"""Characters of a text above which its input has several lines."""
_JSON_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,30})(\.[0-9]{1,30})?")
_MAX_SHOWN_DIGITS = 30
"""Of a number that is shown in the language. A larger one, such as 1E+999, is shown as it was sent."""


def make_input(spec: FieldSpec, sent: Any, *, is_faulty: bool = True) -> "SentField":
    """Return the optional form field for a FieldSpec, filled with the value that was sent; empty for null and ABSENT.

    `is_faulty` tells that the value was refused. If it can only mean one value of the right type, such as "12,5" for
    a number, the form then sends that value even if staff change nothing.
    """
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
