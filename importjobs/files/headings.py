"""Compare the headings of columns: without accents, units and signs."""

import re
import unicodedata

_UNITS = (
    "min|minuten|minutes|h|std|stunden|kg|g|t|lbs|€|eur|euro|%|prozent|percent|km|m|cm|mm|m2|m²|m3|m³|l|stk|stück|pcs|°"
)
_UNIT_IN_BRACKETS = re.compile(rf"[(\[]\s*(?:in\s+)?({_UNITS})\.?\s*[)\]]", re.IGNORECASE)
_ZONE_IN_BRACKETS = re.compile(r"[(\[](?:UTC|[A-Z][A-Za-z_]+(?:/[A-Za-z0-9_+-]+)+)[)\]]")
_SAME_UNITS = [
    {"min", "minuten", "minutes"}, {"h", "std", "stunden"}, {"€", "eur", "euro"}, {"%", "prozent", "percent"},
    {"m2", "m²"}, {"m3", "m³"}, {"stk", "stück", "pcs"},
]  # fmt: skip
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_MAX_HEADING_LENGTH = 255  # of ColumnMatch


def normalise_heading(text: str) -> str:
    """Return a heading in the form in which headings are compared: its letters and digits, in lower case.

    An umlaut becomes two letters (ä becomes ae) and ß becomes ss; other accents are dropped. A unit in brackets, such
    as "(kg)", is dropped, and so is a time zone, such as "(Europe/Berlin)". "Auftrags-Nr." becomes "auftragsnr". The
    result is empty if there is no letter or digit.
    """
    bare = _ZONE_IN_BRACKETS.sub("", _UNIT_IN_BRACKETS.sub("", unicodedata.normalize("NFC", text)))
    plain = bare.lower().translate(_UMLAUTS)
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(character for character in decomposed if character.isalnum())[:_MAX_HEADING_LENGTH]


def has_other_unit(heading: str, unit: str) -> bool:
    """Return whether a heading has a unit in brackets that is not the given one. False if `unit` is empty."""
    match = _UNIT_IN_BRACKETS.search(heading)
    if not match or not unit.strip():
        return False
    units = {match[1].lower(), unit.strip().lower()}
    return len(units) > 1 and not any(units <= same for same in _SAME_UNITS)
