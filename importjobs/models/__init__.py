"""The tables of import jobs, of the work in the background, and of files that are imported."""

from importjobs.models.background import BackgroundRun, DocumentPart, StoredDocuments
from importjobs.models.files import ColumnMatch, FileImport, FolderFile
from importjobs.models.jobs import ImportItem, ImportJob, ItemRecord, JobRecord, Rehearsal, RehearsedItem

__all__ = [
    "BackgroundRun",
    "ColumnMatch",
    "DocumentPart",
    "FileImport",
    "FolderFile",
    "ImportItem",
    "ImportJob",
    "ItemRecord",
    "JobRecord",
    "Rehearsal",
    "RehearsedItem",
    "StoredDocuments",
]
