from django.db import models
from django.db.models import F, Q

from targets.models import SourceSystem, Target
from targets.results import Outcome
from templates.exactjson import ExactJSONField


class ImportJob(models.Model):
    """The record of one request that imported something. It is never changed."""

    class Status(models.TextChoices):
        COMPLETED = "Completed"
        PARTIALLY_FAILED = "PartiallyFailed", "Partially failed"
        FAILED = "Failed"

    source_system = models.ForeignKey(SourceSystem, models.PROTECT)
    operation = models.CharField(max_length=32)
    status = models.CharField(max_length=15, choices=Status.choices)
    total_items = models.PositiveIntegerField()
    created_items = models.PositiveIntegerField()
    updated_items = models.PositiveIntegerField()
    cancelled_items = models.PositiveIntegerField()
    rejected_items = models.PositiveIntegerField()
    warning_items = models.PositiveIntegerField()
    submitted_by = models.CharField(max_length=255)
    correlation_id = models.CharField(max_length=128)
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["created_at"], name="importjobs_importjob_created")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["Completed", "PartiallyFailed", "Failed"]),
                name="importjobs_importjob_status_known",
            ),
            models.CheckConstraint(
                condition=Q(
                    total_items=F("created_items") + F("updated_items") + F("cancelled_items") + F("rejected_items")
                ),
                name="importjobs_importjob_counters_add_up",
            ),
        ]

    def __str__(self) -> str:
        return f"Import job {self.pk}"


class ImportItem(models.Model):
    """What became of one document of a job, with the document as it was sent."""

    class Status(models.TextChoices):
        CREATED = Outcome.CREATED.value
        UPDATED = Outcome.UPDATED.value
        CANCELLED = Outcome.CANCELLED.value
        REJECTED = Outcome.REJECTED.value

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="items")
    position = models.PositiveIntegerField()
    external_id = models.CharField(max_length=128, db_index=True)
    status = models.CharField(max_length=9, choices=Status.choices)
    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="import_items")
    error_code = models.CharField(max_length=32, blank=True)
    error_message = models.TextField(blank=True)
    errors = ExactJSONField(default=list)
    warnings = ExactJSONField(default=list)
    changes = ExactJSONField(default=list)
    payload = ExactJSONField()

    class Meta:
        ordering = ["job", "position"]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="importjobs_importitem_position_unique"),
            models.CheckConstraint(
                condition=Q(status="Rejected", target=None) & ~Q(error_code="")
                | Q(status__in=["Created", "Updated", "Cancelled"], error_code="") & ~Q(target=None),
                name="importjobs_importitem_target_or_error",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.external_id} {self.status}"
