"""Files that are imported, and what is remembered about their columns."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from importjobs.models.background import StoredDocuments
from importjobs.models.jobs import ImportJob, Rehearsal
from ordinavo.common.files.models import StoredFile
from ordinavo.common.json_fields import ExactJSONField
from targets.models import SourceSystem


class FileImport(models.Model):
    """A file on its way to an import job: uploaded by staff, named on the command line, or found in a folder.

    Its life: the file is stored; its columns are matched; it is read into documents and rehearsed; it is imported.
    """

    class Origin(models.TextChoices):
        UPLOAD = "upload", _("uploaded")
        COMMAND = "command", _("command import_file")
        FOLDER = "folder", _("watched folder")

    origin = models.CharField(max_length=7, choices=Origin.choices)
    source_system = models.ForeignKey(SourceSystem, models.PROTECT, db_index=False, verbose_name=_("source system"))
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")
    operation = models.CharField(_("operation"), max_length=32, default="upsert")
    template_key = models.CharField(_("template"), max_length=64, blank=True, default="")
    layout = ExactJSONField(default=dict)
    """How the file is read: its format, encoding, delimiter, sheet and number style. See `importjobs.files`."""
    columns = ExactJSONField(default=dict)
    """The path of the field for the heading of each column; null for a column that is ignored."""
    documents = models.ForeignKey(StoredDocuments, models.SET_NULL, null=True, related_name="file_imports")
    read_rows = models.PositiveIntegerField(default=0)
    """How many rows were read so far, while the file is read into documents."""
    row_offsets = ExactJSONField(default=list, db_default=[])
    """Where the numbers of the file's rows jump: see `importjobs.files.row_numbers`."""
    reading_for = models.CharField(max_length=8, blank=True, default="", db_default="")
    """Why a worker is to read the file, rehearse or import; empty if nobody asked for that, or it was done."""
    readings = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How many times a worker has begun to read the file and did not hand it back."""
    failure = models.TextField(default="", blank=True)
    """Why the file cannot be read, as a sentence, or empty."""
    rehearsal = models.OneToOneField(Rehearsal, models.SET_NULL, null=True, related_name="file_import")
    job = models.OneToOneField(ImportJob, models.SET_NULL, null=True, related_name="file_import")
    language = models.CharField(max_length=16, blank=True, default="", db_default="")
    """Of the sentences about the file, such as de; empty for that of the installation."""
    created_by = models.CharField(max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("imported file")
        verbose_name_plural = _("imported files")
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="importjobs_fileimport_created")]

    def __str__(self) -> str:
        return self.file.name

    @property
    def is_rehearsed(self) -> bool:
        """Whether its rehearsal has ended with a result. Makes a query unless the rehearsal was read."""
        rehearsal = self.rehearsal
        if rehearsal is None or not rehearsal.has_ended or rehearsal.failure:
            return False
        return rehearsal.status != Rehearsal.Status.CANCELLED


class FolderFile(models.Model):
    """A file of a watched folder that is being imported. The row is deleted when the file was moved away.

    While it exists, the file is not imported again, whatever is killed.
    """

    folder = models.UUIDField()
    """The id that `watch_folder` has written into the folder."""
    name = models.TextField()
    """Of the file. Bytes that are no UTF-8 are escaped, as `\\xff`."""
    version = models.CharField(max_length=64)
    """Which file this was: see `importjobs.folder.on_disk.version_of`."""
    file_import = models.OneToOneField(FileImport, models.SET_NULL, null=True, related_name="folder_file")
    failure = models.TextField(blank=True, default="")
    """Why the file was not imported, as a sentence, or empty."""
    destination = models.TextField(blank=True, default="")
    """Where the file is moved, such as "done/orders.csv", once that is decided."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["folder", "name"], name="importjobs_folderfile_unique")]

    def __str__(self) -> str:
        return self.name


class ColumnMatch(models.Model):
    """The field that the column of a heading holds in the files of a source system, as staff last confirmed it."""

    source_system = models.ForeignKey(SourceSystem, models.CASCADE, db_index=False, related_name="+")
    heading = models.CharField(max_length=255)
    """Normalised: see `importjobs.files`."""
    path = models.CharField(max_length=128, blank=True)
    """The dotted path of the field, or empty for a column that is ignored."""

    class Meta:
        ordering = ["source_system", "heading"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["source_system", "heading"], name="importjobs_columnmatch_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.heading}: {self.path or '–'}"
