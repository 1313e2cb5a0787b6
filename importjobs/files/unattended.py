"""Import a file although nobody looks at its columns: `manage.py import_file` and `manage.py watch_folder` do so."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from django.db import transaction

from importjobs.files import columns as column_matching
from importjobs.files import imports, intake
from importjobs.files.headings import normalise_heading
from importjobs.files.layout import Layout, UnreadableFile
from importjobs.models import FileImport, ImportJob
from targets.models import SourceSystem


class Way(NamedTuple):
    """How files are imported."""

    source_system: SourceSystem
    origin: str
    """One of FileImport.Origin."""
    created_by: str
    operation: str = "upsert"
    template_key: str = ""
    """Empty for the template of new targets of the source system."""
    columns: Mapping[str, str | None] = {}
    """The path of the field for the headings whose proposed field is wrong; None for a column to ignore."""
    numbers: str | None = None
    """How text cells write numbers, german or english. None: as the file suggests."""


def create(content: Iterable[bytes], *, name: str, way: Way) -> FileImport:
    """Store a file, and its import with a field for each column. Nothing is imported yet.

    `content` are the bytes of the file in pieces of any size. Raises UnreadableFile, and stores nothing, if the file
    cannot be read, lacks a column of `way`, or its columns do not say which target a row is of.
    """
    with transaction.atomic():
        file_import = imports.create(
            origin=way.origin,
            source_system=way.source_system,
            file=imports.store_file(content, name=name),
            operation=way.operation,
            template_key=way.template_key,
            created_by=way.created_by,
            numbers=way.numbers,
        )
        if Layout.from_json(file_import.layout).has_columns:
            _correct_columns(file_import, way)
    return file_import


def field_paths(way: Way) -> list[str]:
    """Return the paths of all fields that a column may hold."""
    template = intake.template_of(way.template_key, way.source_system)
    return [path for path, _label in column_matching.choices(template)]


def waits_for(file_import: FileImport) -> str:
    """Return why a file that is to be imported does not go on for now, as an English sentence, or an empty string."""
    source_system = file_import.source_system
    if source_system.paused_at:
        return f"The source system {source_system.key} is paused. The import goes on when it is resumed."
    if file_import.job_id:
        jobs = ImportJob.objects.filter(source_system=source_system, run__isnull=False, finished_at=None)
        is_behind = jobs.filter(pk__lt=file_import.job_id).exists()
    else:
        files = FileImport.objects.filter(source_system=source_system, reading_for=intake.IMPORT, failure="", job=None)
        is_behind = files.filter(pk__lt=file_import.pk).exists()
    return f"Earlier imports of the source system {source_system.key} have to end first." if is_behind else ""


def _correct_columns(file_import: FileImport, way: Way) -> None:
    """Give the columns of `way` their fields. Another column that was proposed for one of these is ignored instead."""
    headings = {normalise_heading(heading): heading for heading in file_import.columns}
    corrected: dict[str, str | None] = {}
    for heading, path in way.columns.items():
        found = headings.get(normalise_heading(heading))
        if found is None:
            existing = ", ".join(file_import.columns)
            raise UnreadableFile(f"The file has no column {heading}. Its columns are: {existing}.")
        corrected[found] = path
    taken = set(corrected.values())
    proposed = {heading: None if path in taken else path for heading, path in file_import.columns.items()}
    columns = proposed | corrected
    if problems := column_matching.problems(columns):
        raise UnreadableFile(" ".join(problems))
    if corrected:
        imports.set_columns(file_import, columns)
