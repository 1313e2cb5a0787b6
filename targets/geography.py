"""Where countries are, and what their postal codes look like, for warnings that need no network."""

import json
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

DATA = Path(__file__).with_name("country_data.json")
"""Written by the command `build_country_data`. It names its sources."""

_SEPARATORS = re.compile(r"[\s.\-‐-―－〒]+")  # also dashes, and what Japanese codes are written with
# Such as "D-" of "D-45127" or "SE-" of "SE-123 45": the letters of a car's country plate or of ISO 3166.
_COUNTRY_PREFIX = re.compile(r"[A-Z]{1,3}(?=\d)")


@dataclass(frozen=True, slots=True)
class Country:
    """What is known about a country. One without boxes has every place, and one without a format every postal code."""

    boxes: tuple[tuple[float, float, float, float], ...]
    """South, west, north and east in degrees. None crosses the antimeridian."""
    postal_code: re.Pattern[str] | None
    """Matches a postal code in capitals without separators."""
    digits: tuple[int, ...]
    """The possible numbers of digits if a postal code has digits only, else empty."""
    example: str
    """A postal code, if it has letters too."""

    def has_place(self, latitude: float, longitude: float) -> bool:
        """Return whether a place lies in a box of the country. A neighbour's place near the border may do so too."""
        for south, west, north, east in self.boxes:
            if south <= latitude <= north and west <= longitude <= east:
                return True
        return not self.boxes

    def has_postal_code(self, text: str) -> bool:
        """Return whether a text has the format of the country's postal codes.

        Lower case, spaces, hyphens and dots are accepted, and letters of the country before the code.
        """
        if not (accepted := self.postal_code) or accepted.fullmatch(text):
            return True
        compact = _SEPARATORS.sub("", text).upper()
        return bool(accepted.fullmatch(compact) or accepted.fullmatch(_COUNTRY_PREFIX.sub("", compact, count=1)))

    def lacks_a_digit(self, text: str) -> bool:
        """Return whether a text is a postal code of this country but for one missing digit."""
        compact = _SEPARATORS.sub("", text)
        return compact.isdigit() and len(compact) + 1 in self.digits


@cache
def _data() -> dict[str, Any]:
    """Return the content of DATA, read once."""
    return json.loads(DATA.read_text())


@cache
def country(code: str) -> Country:
    """Return what is known about the country with this code, which is nothing for a code not in `COUNTRY_CODES`."""
    row = _data().get(code, {"boxes": []})
    return Country(
        boxes=tuple(tuple(box) for box in row["boxes"]),
        postal_code=re.compile(row["format"]) if "format" in row else None,
        digits=tuple(row.get("digits", ())),
        example=row.get("example", ""),
    )
