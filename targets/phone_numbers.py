"""Finds phone numbers in what staff search for, and lists the forms in which a number may be stored."""

import re
from collections.abc import Iterator

_CALLING_CODES = ("49", "43", "41", "31", "32", "33", "39", "45", "48", "352", "420", "423")
"""The calling codes of Germany and of the countries around it. A national number is searched in all of them."""

_NUMBER = re.compile(r"(?<![^\W_])[+(]{0,2}[0-9][0-9 ()/.\-]*[0-9](?![^\W_])")
_MIN_DIGITS = 4
_MIN_DIGITS_WITHOUT_PREFIX = 7
"""Fewer digits that do not begin with 0 or + are rather a postal code or a part of an id."""


def find(text: str) -> Iterator[re.Match[str]]:
    """Yield the parts of a text that may be a phone number, or the beginning of one."""
    for match in _NUMBER.finditer(text):
        digits = _digits(match.group())
        if len(digits) >= (_MIN_DIGITS if digits.startswith("0") else _MIN_DIGITS_WITHOUT_PREFIX):
            yield match


def other_forms(number: str) -> list[str]:
    """Return the digits of a phone number in all forms in which it may be stored, with "00" for "+".

    "0170 123" may be stored as "0170123", "0049170123", and, if a spreadsheet took the zeros or the "+" away, as
    "170123" or "49170123". A number that names its country may be stored without it.
    """
    digits = _digits(number)
    if not digits.startswith("00"):
        return sorted(_forms(digits.lstrip("0"), _CALLING_CODES))
    international = digits.lstrip("0")
    forms = {f"00{international}", international}
    for code in _CALLING_CODES:
        if international.startswith(code) and (national := international.removeprefix(code).lstrip("0")):
            forms |= _forms(national, (code,))
    return sorted(form for form in forms if form)


def _digits(number: str) -> str:
    """Return the digits of a number, with "00" for "+", and without the "(0)" of "+49 (0) 170"."""
    return re.sub(r"[^0-9]+", "", number.replace("(0)", "").replace("+", "00"))


def _forms(national: str, codes: tuple[str, ...]) -> set[str]:
    """Return the forms of a national number without its 0. Returns none if it is empty."""
    if not national:
        return set()
    abroad = {f"{prefix}{code}{national}" for code in codes for prefix in ("", "00")}
    return {national, f"0{national}"} | abroad
