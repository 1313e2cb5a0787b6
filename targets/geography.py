"""Check places and postal codes against data about countries, without a network."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("country_data.json")
"""The data about countries, with its sources. The command `build_country_data` writes it."""

_SEPARATORS = re.compile(r"[\s.\-‐-―－〒]+")  # also other dashes, and Japan's postal mark
# Such as "D-" of "D-45127" or "SE-" of "SE-123 45": the letters of a car's country plate or of ISO 3166.
_COUNTRY_PREFIX = re.compile(r"[A-Z]{1,3}(?=\d)")


@dataclass(frozen=True, slots=True)
class Country:
    """The area and the postal codes of a country.

    Without boxes, every place counts as inside. Without a format, every postal code counts as valid.
    """

    boxes: tuple[tuple[float, float, float, float], ...]
    """South, west, north and east in degrees. None crosses the antimeridian."""
    postal_code: re.Pattern[str] | None
    """Matches a postal code in capitals without separators."""
    digits: tuple[int, ...]
    """The numbers of digits that a postal code may have, if it has digits only. Otherwise empty."""
    example: str
    """An example of a postal code, if it may have letters. Otherwise empty."""

    def has_place(self, latitude: float, longitude: float) -> bool:
        """Return whether a place lies in one of the boxes of the country, or the country has no boxes.

        A place in a neighbouring country may lie in a box too if it is near the border.
        """
        for south, west, north, east in self.boxes:
            if south <= latitude <= north and west <= longitude <= east:
                return True
        return not self.boxes

    def has_postal_code(self, text: str) -> bool:
        """Return whether a text has the format of the country's postal codes.

        Lower case, spaces, hyphens, dots and a prefix for the country, such as "D-", are accepted.
        """
        if not (accepted := self.postal_code) or accepted.fullmatch(text):
            return True
        compact = _SEPARATORS.sub("", text).upper()
        return bool(accepted.fullmatch(compact) or accepted.fullmatch(_COUNTRY_PREFIX.sub("", compact, count=1)))

    def lacks_a_digit(self, text: str) -> bool:
        """Return whether a text would have the right number of digits for a postal code if it had one digit more.

        Separators are ignored, and the format is not checked. In a country with codes of several lengths, this may be
        true for a valid code. It is false for a country whose codes have letters.
        """
        compact = _SEPARATORS.sub("", text)
        return compact.isdigit() and len(compact) + 1 in self.digits


@cache
def _data() -> dict[str, Any]:
    """Return the content of the file DATA, which is read only once."""
    return json.loads(DATA.read_text())


@cache
def country(code: str) -> Country:
    """Return the country with this code. A code that is not in `COUNTRY_CODES` gets a country without data."""
    row = _data().get(code, {"boxes": []})
    return Country(
        boxes=tuple(tuple(box) for box in row["boxes"]),
        postal_code=re.compile(row["format"]) if "format" in row else None,
        digits=tuple(row.get("digits", ())),
        example=row.get("example", ""),
    )
