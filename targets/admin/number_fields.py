"""Inputs for decimal numbers that accept a comma or a point, whatever the language of the browser."""

from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ordinavo.common.local_numbers import number_text, parse_number
from targets.admin.text_fields import ExactTextField


def decimal_input() -> UnfoldAdminTextInputWidget:
    """Return a text input for a decimal number. On a phone it opens the keyboard for numbers.

    It is not of the type `number`: there the browser's language, not that of the page, decides which comma is read.
    """
    return UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})


class LocalDecimalField(forms.DecimalField):
    """A decimal number, such as an amount of money, written with a comma or a point."""

    def to_python(self, value: Any) -> Any:
        """Return the number, or None if nothing was entered. Raises ValidationError that tells how to write it."""
        return super().to_python(_plain(value))

    def prepare_value(self, value: Any) -> Any:
        """Return the text that the input shows for a stored number. What was entered is shown as it is."""
        return number_text(value) if isinstance(value, Decimal) else value


class DegreesField(forms.FloatField):
    """A latitude or a longitude in degrees, written with a comma or a point."""

    def to_python(self, value: Any) -> Any:
        """Return the number, or None if nothing was entered. Raises ValidationError that tells how to write it."""
        return super().to_python(_plain(value, has_thousands=False))

    def prepare_value(self, value: Any) -> Any:
        """Return the text that the input shows for a stored number. What was entered is shown as it is."""
        return number_text(value, has_thousands=False) if isinstance(value, float) else value


class DecimalTextField(ExactTextField):
    """A decimal custom field. Its value is text, so that no digit is lost, and the rules of an import check it."""

    def to_python(self, value: Any) -> str:
        """Return the number as JSON writes it, or the text unchanged if it is no number.

        Raises ValidationError if the number can be read in two ways.
        """
        text = super().to_python(value)
        try:
            return parse_number(text)
        except ValueError:
            return text

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Return whether staff entered another number. A number that cannot be read is a change."""
        try:
            return super().has_changed(initial, data)
        except ValidationError:
            return True


def _plain(value: Any, *, has_thousands: bool = True) -> Any:
    """Return the text of a number as JSON writes it, and any other value or an empty text unchanged.

    Raises ValidationError if it is no number, or can be read in two ways.
    """
    if not isinstance(value, str) or not value.strip():
        return value
    try:
        return parse_number(value, has_thousands=has_thousands)
    except ValueError:
        raise ValidationError(
            _("Enter a number such as %(example)s.") % {"example": number_text(Decimal("1661.66"))}
        ) from None
