"""The column of a file of rejected rows that says why, and how such a CSV file keeps cells from running as formulas."""

from django.utils.translation import gettext as _

from importjobs.files.layout import Cell
from ordinavo.common.exports.formulas import escape_formula

REASON_HEADINGS = frozenset({"Importfehler", "Import error"})
"""Headings of the column, in each language. An import ignores such a column."""


def reason_heading() -> str:
    """Return the heading of the column that says why, in the active language. It is one of REASON_HEADINGS."""
    heading = _("Import error")
    return heading if heading in REASON_HEADINGS else "Import error"


def is_reason(heading: str) -> bool:
    """Return whether a heading is that of the column that says why."""
    return heading in REASON_HEADINGS


def escape_cell(text: str) -> str:
    """Return text with an apostrophe before it if a spreadsheet would run it as a formula, or if it looks escaped."""
    return f"'{text}" if _is_risky(text) else text


def unescape_cell(cell: Cell) -> Cell:
    """Return the text that `escape_cell` was given, if a cell is its result. Other cells are returned unchanged."""
    return cell[1:] if isinstance(cell, str) and cell.startswith("'") and _is_risky(cell) else cell


def _is_risky(text: str) -> bool:
    """Return whether text is a formula once the apostrophes before it are removed."""
    bare = text.lstrip("'")
    return escape_formula(bare) != bare
