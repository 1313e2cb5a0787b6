"""What is known about a file from earlier files of the same source system."""

from collections.abc import Iterable, Sequence

from importjobs.files.reason_column import is_reason
from importjobs.models import FileImport
from targets.models import SourceSystem

_EARLIER_FILES = 50


def number_style_before(headings: Sequence[str], source_system: SourceSystem) -> str | None:
    """Return how the file wrote numbers that a file of rejected rows comes from, german or english.

    The few rejected rows may not tell. It is the last file of the source system with the same headings. None if there
    is none, or if the headings lack the reasons of rejected rows.
    """
    own = _without_reason(headings)
    if len(own) == len(headings):
        return None
    files = FileImport.objects.filter(source_system=source_system).order_by("-pk").values_list("columns", "layout")
    for columns, layout in files[:_EARLIER_FILES]:
        if _without_reason(columns) == own:
            return str(layout["numbers"])
    return None


def _without_reason(headings: Iterable[str]) -> set[str]:
    """Return the headings without that of the reasons."""
    return {heading for heading in headings if not is_reason(heading)}
