"""What a worker needs to process an import job in the background: its documents, and how far it is."""

from django.db import models
from django.db.models import Q

from importjobs.models.jobs import ImportJob, JobRecord, Rehearsal
from ordinavo.common.json_fields import ExactJSONField


class StoredDocuments(models.Model):
    """The documents of a job that is processed in the background, in the order sent, split into parts.

    A rehearsal of a file and the import that follows share them. They are deleted when the job has ended.
    """

    defaults = ExactJSONField(default=dict)
    """The fields of the batch that fill what a document does not send: `operation` and `templateKey`."""
    count = models.PositiveIntegerField()
    repeated_ids = ExactJSONField(default=list)
    """The identities that more than one document has, so that a rehearsal can apply these to each other."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.count} documents"


class DocumentPart(models.Model):
    """Some documents in a row: the work of one transaction of the worker."""

    documents = models.ForeignKey(StoredDocuments, models.CASCADE, db_index=False, related_name="parts")
    number = models.PositiveIntegerField()
    """Counted from 0, without gaps."""
    first_position = models.PositiveIntegerField()
    """The position of the first document among all, counted from 0."""
    count = models.PositiveIntegerField()
    content = models.BinaryField()
    """The documents as a JSON array, packed by zlib."""

    class Meta:
        ordering = ["documents", "number"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["documents", "number"], name="importjobs_documentpart_number_unique"),
        ]

    def __str__(self) -> str:
        return f"part {self.number}"


class BackgroundRun(models.Model):
    """How far a job is that a worker processes. It is deleted with its documents when nothing is left to do."""

    job = models.OneToOneField(ImportJob, models.CASCADE, null=True, related_name="run")
    rehearsal = models.OneToOneField(Rehearsal, models.CASCADE, null=True, related_name="run")
    documents = models.ForeignKey(StoredDocuments, models.PROTECT, related_name="runs")
    next_part = models.PositiveIntegerField(default=0)
    """The number of the first part that is not recorded yet."""
    attempts = models.PositiveIntegerField(default=0)
    """How often a worker has begun with `next_part`. A recorded part sets it back to 0."""
    started_at = models.DateTimeField(null=True)
    """When a worker began with the job, or began again after it was resumed."""
    items_before_start = models.PositiveIntegerField(default=0)
    """How many items were recorded before `started_at`, so that the speed since then can be computed."""
    last_error = models.TextField(default="", blank=True)
    """Why the last attempt failed, for staff."""

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(job=None, rehearsal__isnull=False) | Q(job__isnull=False, rehearsal=None),
                name="importjobs_backgroundrun_job_or_rehearsal",
            ),
        ]

    def __str__(self) -> str:
        return f"run of {self.record}"

    @property
    def record(self) -> JobRecord:
        """The import job or the rehearsal that is processed."""
        record = self.job or self.rehearsal
        assert record is not None  # noqa: S101  a constraint says so
        return record
