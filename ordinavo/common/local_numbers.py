"""Read and write numbers as people do: with a decimal comma or a decimal point, in any language."""

import re
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.formats import get_format
from django.utils.translation import gettext as _

from ordinavo.common.scalars import without_trailing_zeros

_GROUP = "[.,’' \u00a0\u202f]"
_NUMBER = re.compile(rf"(?P<sign>[+-]?)(?P<whole>[0-9]+(?:{_GROUP}[0-9]{{3}})*)(?:(?P<point>[.,])(?P<places>[0-9]+))?")
_THOUSANDS_OR_DECIMALS = re.compile(r"[+-]?[1-9][0-9]{0,2}[.,][0-9]{3}")
_GROUPED = re.compile(rf"[0-9]{{1,3}}(?P<separator>{_GROUP})[0-9]{{3}}(?:(?P=separator)[0-9]{{3}})*")


def parse_number(text: str, *, has_thousands: bool = True) -> str:
    """Return a number as JSON writes it: "1661.66" for "1661,66", "1661.66", "1.661,66" and "1 661,66".

    Without `has_thousands` the number is never grouped, so "51,450" is 51.450. Raises ValidationError that tells how to
    write the number if "2.500" can be 2500 or 2.5, and ValueError if the text is not a number.
    """
    text = text.strip()
    if has_thousands and _THOUSANDS_OR_DECIMALS.fullmatch(text):
        raise ValidationError(_ambiguity(text))
    if re.fullmatch(r"[+-]?[0-9]+[.,][0-9]+", text):
        return text.replace(",", ".").removeprefix("+")
    match = _NUMBER.fullmatch(text)
    if not match:
        raise ValueError
    whole, point = match["whole"], match["point"]
    grouped = _GROUPED.fullmatch(whole)
    is_plain = whole.isascii() and whole.isdigit()
    if not is_plain and not (has_thousands and grouped and grouped["separator"] != point):
        raise ValueError
    digits = re.sub(r"[^0-9]", "", whole)
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


def _ambiguity(text: str) -> str:
    """Return the error that a number such as "2.500" can be 2500 or 2.5."""
    whole = re.sub(r"[.,]", "", text)
    small = number_text(Decimal(text.replace(",", ".")))
    message = _("%(text)s can be %(whole)s or %(small)s. Enter it as %(whole)s or as %(small)s.")
    return message % {"text": text, "whole": whole, "small": small}
