"""Where a file is on its way to an import job, and what its page shows there."""

from enum import Enum
from typing import Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from importjobs import rejections
from importjobs.admin import progress
from importjobs.admin.field_specs import label_of
from importjobs.files.row_numbers import row_number
from importjobs.models import FileImport, JobRecord
from importjobs.rejections import Cause
from ordinavo.common.admin.display import finding_name
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from targets.finding_texts import finding_text


class Step(Enum):
    """A step of a file's way. The values are used in templates."""

    COLUMNS = "columns"
    """Its columns are to be matched, or nothing has been started yet."""
    READING = "reading"
    REHEARSING = "rehearsing"
    UNREADABLE = "unreadable"
    GIVEN_UP = "given_up"
    """The worker gave the rehearsal up; it can be tried again."""
    REHEARSED = "rehearsed"
    IMPORTED = "imported"
    """Its import job exists."""


def step_of(file_import: FileImport) -> Step:
    """Return where a file is. Makes a query unless the rehearsal was read."""
    if file_import.job_id:
        return Step.IMPORTED
    if file_import.failure:
        return Step.UNREADABLE
    rehearsal = file_import.rehearsal
    if rehearsal is None:
        return Step.READING if file_import.reading_for else Step.COLUMNS
    if not rehearsal.has_ended:
        return Step.REHEARSING
    if file_import.is_rehearsed:
        return Step.REHEARSED
    return Step.GIVEN_UP if rehearsal.failure else Step.COLUMNS


def progress_of(file_import: FileImport, step: Step) -> progress.Progress:
    """Return how far the reading or the rehearsal of a file is. Elsewhere, the progress has ended."""
    if step is Step.READING:
        return progress.of_reading(file_import)
    if step is Step.REHEARSING and file_import.rehearsal:
        return progress.of_job(file_import.rehearsal)
    return progress.Progress(100, "", has_ended=True)


def importable_rows(rehearsal: JobRecord) -> int:
    """Return how many rows of a file an import would apply: those that the rehearsal neither rejected nor skipped."""
    return rehearsal.created_items + rehearsal.updated_items + rehearsal.cancelled_items


def short_state(file_import: FileImport) -> Any:
    """Return where a file is in a few translated words, without a query. Its job and rehearsal must have been read."""
    if file_import.job:
        return file_import.job.get_status_display()
    if file_import.failure:
        return _("Cannot be read")
    if file_import.is_rehearsed:
        return _("Checked, not imported")
    return _("Not imported yet")


def rehearsed(file_import: FileImport) -> dict[str, Any]:
    """Return what the page of a file shows about its rehearsal, which must have ended. Makes at most two queries."""
    rehearsal = file_import.rehearsal
    assert rehearsal is not None  # noqa: S101  the caller has looked
    counts = [
        (_("Would be created"), rehearsal.created_items),
        (_("Would be updated"), rehearsal.updated_items),
        (_("Would be cancelled"), rehearsal.cancelled_items),
        (_("Would be skipped"), rehearsal.skipped_items),
        (_("Would be rejected"), rehearsal.rejected_items),
        (_("With warnings"), rehearsal.warning_items),
    ]
    importable = importable_rows(rehearsal)
    return {
        "nothing_to_import": "" if importable else _why_nothing(rehearsal),
        "total": progress.grouped(rehearsal.total_items),
        "counts": [(title, progress.grouped(count)) for title, count in counts if count],
        "importable": importable,
        "import_verb": ngettext("Import %(rows)s row", "Import %(rows)s rows", importable)
        % {"rows": progress.grouped(importable)},
        "rejected": rehearsal.rejected_items,
        "rejections": shown_causes(rejections.rejection_causes(rehearsal), file_import),
        "warnings": shown_causes(rejections.warning_causes(rehearsal), file_import),
    }


def _why_nothing(rehearsal: JobRecord) -> str:
    """Return a sentence that says why no row can be imported, and what to do if anything can be done."""
    if rehearsal.rejected_items:
        return _("No row can be imported as it is. Correct the file, its columns or the template, and check it again.")
    return _("Nothing is left to import, because every row would be skipped.")


class ShownCause(NamedTuple):
    """A cause of rejections or warnings as a page shows it."""

    cause: Cause
    items: str
    """How many items have it."""
    heading: str
    """Of the column of the file that holds the field, or empty."""
    field: str
    """The translated label of another field, or empty."""
    name: Any
    """What is wrong, in a few words."""
    remedy: Any
    """What staff can do about it, or empty."""
    rows: str
    """In which rows of the file it is first, as a translated text, or empty."""
    example: str
    """The sentence for staff about the first of these items."""


def shown_causes(causes: list[Cause], file_import: FileImport | None) -> list[ShownCause]:
    """Return the causes of rejections or warnings for a page. Without a file, they have no headings and row numbers."""
    return [_shown(cause, file_import) for cause in causes]


def _shown(cause: Cause, file_import: FileImport | None) -> ShownCause:
    """Return a cause as a page shows it."""
    headings = {path: heading for heading, path in file_import.columns.items() if path} if file_import else {}
    jumps = file_import.row_offsets if file_import else []
    rows = [number for position in cause.positions if (number := row_number(jumps, position))]
    return ShownCause(
        cause=cause,
        items=progress.grouped(cause.items),
        heading=headings.get(cause.field, ""),
        field=label_of(cause.field),
        name=finding_name(cause.code),
        remedy=staff_remedy(cause.code),
        rows=_rows_text(rows, cause.items > len(rows)) if rows else "",
        example=finding_text(Finding(cause.code, cause.field, cause.message)),
    )


def _rows_text(numbers: list[int], are_more: bool) -> str:
    """Return a translated text that names rows of a file, or says that they are the first ones."""
    rows = {"rows": ", ".join(map(progress.grouped, numbers))}
    if are_more:
        return _("First in the rows %(rows)s") % rows
    return ngettext("In row %(rows)s", "In the rows %(rows)s", len(numbers)) % rows


def staff_remedy(code: str) -> Any:
    """Return what staff can do about an item error, translated, or an empty text for a code that no longer exists."""
    return next((known.staff_remedy for known in Code.item_errors() if known == code), "")
