"""The column of a file of rejected rows that says why, and which CSV files have escaped cells."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

REASON_HEADINGS = frozenset({"Importfehler", "Import error"})
"""Headings of the column, in each language. An import ignores such a column."""


_OF_EXPORTS = {"sourceSystem", "externalId"}


def reason_heading() -> str:
    """Return the heading of the column that says why, in the active language. It is one of REASON_HEADINGS."""
    heading = _("Import error")
    return heading if heading in REASON_HEADINGS else "Import error"


def is_reason(heading: str) -> bool:
    """Return whether a heading is that of the column that says why."""
    return heading in REASON_HEADINGS


def has_escaped_cells(headings: Iterable[str]) -> bool:
    """Return whether a CSV file with these headings is one that we wrote, whose cells `escape_cell` has escaped.

    That is a file of rejected rows, or an export of targets or import items.
    """
    known = set(headings)
    return not known.isdisjoint(REASON_HEADINGS) or known >= _OF_EXPORTS
