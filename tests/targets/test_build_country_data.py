"""The command build_country_data makes the table of countries from published files."""

import json

import pytest
from django.core.management import call_command

from targets.management.commands.build_country_data import OTHER_PARTS

# The land of each country: a square of two degrees, as differences of whole degrees from the point before.
ARCS = [
    [[7, 51], [2, 0], [0, 2], [-2, -2]],
    [[179, -18], [1, 1], [-359, -1], [359, 0]],  # on both sides of the antimeridian
]
ADDRESSES = {
    "DE": {"zip": r"\d{5}", "zipex": "26133"},
    "LV": {"zip": r"LV-\d{4}", "zipex": "LV-1073,LV-1000"},
    "US": {"zip": r"(\d{5})(?:[ \-](\d{4}))?", "zipex": "95014"},
}


def land(name, arc, number=None):
    return {"type": "Polygon", "arcs": [[arc]], "properties": {"name": name}} | ({"id": number} if number else {})


@pytest.fixture
def table(tmp_path):
    others = {part for parts in OTHER_PARTS.values() for part in parts}
    geometries = [land("Germany", 0, "276"), land("Fiji", 1, "242"), land("Kosovo", ~0), *(land(o, 0) for o in others)]
    transform = {"scale": [1, 1], "translate": [0, 0]}
    sources = {
        "atlas": {"transform": transform, "arcs": ARCS, "objects": {"countries": {"geometries": geometries}}},
        "addresses": ADDRESSES,
        "numbers": {"3166-1": [{"numeric": "276", "alpha_2": "DE"}, {"numeric": "242", "alpha_2": "FJ"}]},
    }
    for name, content in sources.items():
        (tmp_path / name).write_text(json.dumps(content))
    call_command("build_country_data", *(str(tmp_path / name) for name in sources), output=tmp_path / "table")
    return json.loads((tmp_path / "table").read_text())


def test_a_box_is_a_little_larger_than_the_land(table):
    assert table["DE"]["boxes"] == table["XK"]["boxes"] == [[50.8, 6.8, 53.2, 9.2]]


def test_land_on_both_sides_of_the_antimeridian_has_two_boxes(table):
    assert sorted(table["FJ"]["boxes"]) == [[-18.2, -180.0, -16.8, -178.8], [-18.2, 178.8, -16.8, 180.0]]


def test_formats_of_postal_codes_have_no_separators(table):
    assert table["DE"] | {"boxes": None} == {"boxes": None, "format": r"\d{5}", "digits": [5]}
    assert table["US"]["digits"] == [5, 9]
    assert table["LV"] == {"boxes": [], "format": r"(?:LV)?\d{4}", "example": "LV-1073"}
    assert "format" not in table["FJ"]


def test_the_table_names_its_sources(table):
    assert "Natural Earth" in table["sources"][0]
