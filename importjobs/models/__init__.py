"""The tables of import jobs, of the work in the background, and of files that are imported."""

from importjobs.models.background import BackgroundRun, DocumentPart, StoredDocuments
from importjobs.models.files import ColumnMatch, FileImport, FolderFile
from importjobs.models.jobs import ImportItem, ImportJob, ItemRecord, JobRecord, Rehearsal, RehearsedItem
from importjobs.models.rejections import ChoiceRequest, ReplayAttempt

__all__ = [
    "BackgroundRun",
    "ChoiceRequest",
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
    "ReplayAttempt",
    "StoredDocuments",
]
