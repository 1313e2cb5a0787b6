"""Inputs for decimal numbers that accept a comma or a point, whatever the language of the browser."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext as _
from unfold.widgets import UnfoldAdminTextInputWidget

from ordinavo.common.scalars import without_trailing_zeros
from targets.admin.text_fields import ExactTextField

_GROUP = "[.,’' \u00a0\u202f]"
_NUMBER = re.compile(rf"(?P<sign>[+-]?)(?P<whole>\d+(?:{_GROUP}\d{{3}})*)(?:(?P<point>[.,])(?P<places>\d+))?")
_THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_GROUPED = re.compile(rf"\d{{1,3}}(?P<separator>{_GROUP})\d{{3}}(?:(?P=separator)\d{{3}})*")


def decimal_input() -> UnfoldAdminTextInputWidget:
    """Return a text input for a decimal number. On a phone it opens the keyboard for numbers.

    It is not of the type `number`: there the browser's language, not that of the page, decides which comma is read.
    """
    return UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"})


def parse_number(text: str, *, has_thousands: bool = True) -> str:
    """Return a number as JSON writes it: "1661.66" for "1661,66", "1661.66", "1.661,66" and "1 661,66".

    Without `has_thousands` the number is never grouped, so "51,450" is 51.450. Raises ValidationError that tells how to
    write the number if "2.500" can be 2500 or 2.5, and ValueError if the text is not a number.
    """
    text = text.strip()
    if has_thousands and _THOUSANDS_OR_DECIMALS.fullmatch(text):
        raise ValidationError(_ambiguity(text))
    if re.fullmatch(r"[+-]?\d+[.,]\d+", text):
        return text.replace(",", ".").removeprefix("+")
    match = _NUMBER.fullmatch(text)
    if not match:
        raise ValueError
    whole, point = match["whole"], match["point"]
    grouped = _GROUPED.fullmatch(whole)
    is_plain = whole.isdigit()
    if not is_plain and not (has_thousands and grouped and grouped["separator"] != point):
        raise ValueError
    digits = re.sub(r"\D", "", whole)
    sign = match["sign"].replace("+", "")
    return f"{sign}{digits}.{match['places']}" if point else f"{sign}{digits}"


def number_text(value: Decimal | float, *, has_thousands: bool = True) -> str:
    """Return a number with all its digits and the decimal separator of the language, without groups of thousands.

    `parse_number` reads it again: a zero is added to three digits after the separator, where they could be thousands.
    """
    text = format(without_trailing_zeros(Decimal(str(value))), "f")
    if has_thousands and _THOUSANDS_OR_DECIMALS.fullmatch(text):
        text += "0"
    return text.replace(".", str(get_format("DECIMAL_SEPARATOR")))


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


def _ambiguity(text: str) -> str:
    """Return the error that a number such as "2.500" can be 2500 or 2.5."""
    whole = re.sub(r"[.,]", "", text)
    small = number_text(Decimal(text.replace(",", ".")))
    message = _("%(text)s can be %(whole)s or %(small)s. Enter it as %(whole)s or as %(small)s.")
    return message % {"text": text, "whole": whole, "small": small}
