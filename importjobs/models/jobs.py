"""Import jobs and their items: the record of what was sent and what it did. Rehearsals: what an import would do."""

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from ordinavo.common.json_fields import ExactJSONField, OrderedJSONField
from targets.models import SourceSystem, Target
from targets.results import Outcome

# Each recorded item is counted in exactly one of these.
_COUNTERS = ("created_items", "updated_items", "cancelled_items", "skipped_items", "rejected_items")
_RECORDED = F("created_items") + F("updated_items") + F("cancelled_items") + F("skipped_items") + F("rejected_items")


class JobRecord(models.Model):
    """The columns of import jobs and of rehearsals.

    The status goes from Pending to Processing to Completed, PartiallyFailed or Failed. An aborted job is Cancelled.
    `importjobs.records` has the functions that move it from one status to the next. The counters always equal the
    items that are recorded; `total_items` is how many documents the job is about.
    """

    class Status(models.TextChoices):
        PENDING = "Pending", _("Pending")
        PROCESSING = "Processing", _("Processing")
        COMPLETED = "Completed", _("Completed")
        PARTIALLY_FAILED = "PartiallyFailed", _("Partially failed")
        FAILED = "Failed", _("Failed")
        CANCELLED = "Cancelled", pgettext_lazy("import job", "Cancelled")

    source_system = models.ForeignKey(SourceSystem, models.PROTECT, db_index=False, verbose_name=_("source system"))
    operation = models.CharField(_("operation"), max_length=32)
    batch_id = models.CharField(
        _("batch id"), max_length=255, null=True, help_text=_("The sender's name for the batch; empty if it has none.")
    )
    status = models.CharField(_("status"), max_length=15, choices=Status.choices, default=Status.PENDING)
    total_items = models.PositiveIntegerField(_("items"))
    created_items = models.PositiveIntegerField(_("created"), default=0)
    updated_items = models.PositiveIntegerField(_("updated"), default=0)
    cancelled_items = models.PositiveIntegerField(_("cancelled"), default=0)
    skipped_items = models.PositiveIntegerField(_("skipped"), default=0)
    rejected_items = models.PositiveIntegerField(_("rejected"), default=0)
    warning_items = models.PositiveIntegerField(_("with warnings"), default=0)
    warnings = ExactJSONField(_("warnings"), default=list)
    submitted_by = models.CharField(_("submitted by"), max_length=255)
    correlation_id = models.CharField(_("correlation id"), max_length=128)
    created_at = models.DateTimeField(_("received at"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    failure = models.TextField(
        _("failure"),
        default="",
        db_default="",
        blank=True,
        help_text=_("Why the worker gave up before all items were processed."),
    )

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    status__in=["Pending", "Processing", "Completed", "PartiallyFailed", "Failed", "Cancelled"]
                ),
                name="%(app_label)s_%(class)s_status_known",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["Pending", "Processing"], finished_at=None)
                | Q(status__in=["Completed", "PartiallyFailed", "Failed", "Cancelled"], finished_at__isnull=False),
                name="%(app_label)s_%(class)s_finished_if_ended",
            ),
            models.CheckConstraint(
                condition=Q(status="Pending", **dict.fromkeys(_COUNTERS, 0))
                | Q(status__in=["Processing", "Cancelled"], total_items__gte=_RECORDED)
                | Q(status="Completed", total_items=_RECORDED, rejected_items=0)
                | Q(
                    status="PartiallyFailed",
                    total_items=_RECORDED,
                    rejected_items__gt=0,
                    rejected_items__lt=F("total_items"),
                )
                | Q(status="Failed", failure="", total_items=_RECORDED, rejected_items=F("total_items"))
                | Q(~Q(failure=""), status="Failed", total_items__gte=_RECORDED),
                name="%(app_label)s_%(class)s_counters_fit_status",
            ),
            models.CheckConstraint(
                condition=Q(warning_items__lte=_RECORDED), name="%(app_label)s_%(class)s_warnings_of_recorded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} {self.pk}"

    @property
    def recorded_items(self) -> int:
        """How many items are recorded: the sum of this object's counters by outcome. Nothing is queried."""
        return sum(getattr(self, name) for name in _COUNTERS)

    @property
    def untried_items(self) -> int:
        """How many documents have no item: those not yet processed, or never tried if the job has ended."""
        return self.total_items - self.recorded_items

    @property
    def has_ended(self) -> bool:
        """Whether the job will not be processed any further. A failed one may be resumed."""
        return self.finished_at is not None


class ImportJob(JobRecord):
    """The record of one import of one or many targets. Once it has ended, it is never changed.

    The one exception: a job that the worker gave up, which has a `failure`, can be resumed.
    """

    class Meta(JobRecord.Meta):
        ordering = ["-id"]
        verbose_name = _("import job")
        verbose_name_plural = _("import jobs")
        default_permissions = ("view",)
        permissions = [
            ("import_importjob", "Can import files"),
            ("abort_importjob", "Can abort and resume import jobs"),
        ]
        indexes = [
            models.Index(fields=["created_at"], name="importjobs_importjob_created"),
            models.Index(fields=["source_system", "created_at"], name="importjobs_importjob_source"),
            models.Index(
                fields=["batch_id"], condition=~Q(batch_id=None) & ~Q(batch_id=""), name="importjobs_importjob_batch"
            ),
            models.Index(fields=["correlation_id"], name="importjobs_importjob_corr_id"),
            models.Index(fields=["id"], condition=~Q(status="Completed"), name="importjobs_importjob_failed"),
        ]


class ItemRecord(models.Model):
    """The columns of the items of import jobs and of rehearsals: a document as it was sent, and what it does."""

    class Status(models.TextChoices):
        CREATED = Outcome.CREATED.value, _("Created")
        UPDATED = Outcome.UPDATED.value, _("Updated")
        CANCELLED = Outcome.CANCELLED.value, _("Cancelled")
        SKIPPED = Outcome.SKIPPED.value, _("Skipped")
        REJECTED = Outcome.REJECTED.value, _("Rejected")

    position = models.PositiveIntegerField()
    external_id = models.CharField(_("external id"), max_length=128)
    status = models.CharField(_("status"), max_length=9, choices=Status.choices)
    error_code = models.CharField(_("error code"), max_length=32, blank=True)
    error_message = models.TextField(_("error"), blank=True)
    errors = ExactJSONField(default=list)
    warnings = ExactJSONField(default=list)
    changes = ExactJSONField(default=list)
    payload = OrderedJSONField()
    target_id: int | None
    """The id of the target that was, or would be, changed. Each model declares the column."""
    omitted_findings: int = 0
    """Errors and warnings that were recorded, but are no longer in this object. Not a column."""
    omitted_changes: int = 0
    """Changes that were recorded, but are no longer in this object. Not a column."""

    class Meta:
        abstract = True

    def __str__(self) -> str:
        """Return the external id and the status, in the language of the page."""
        return f"{self.external_id} {self.get_status_display()}"


class ImportItem(ItemRecord):
    """The record of one document of a job: the document as it was sent, and what it did.

    Later only the handling of a rejected item by staff changes, and `replay_of` becomes NULL if that item is deleted.
    """

    class Handling(models.TextChoices):
        REPLAYED = "Replayed", _("Replayed")
        DISMISSED = "Dismissed", _("Dismissed")

    job = models.ForeignKey(
        ImportJob, models.CASCADE, db_index=False, related_name="items", verbose_name=_("import job")
    )
    target = models.ForeignKey(Target, models.PROTECT, null=True, related_name="import_items", verbose_name=_("target"))
    replay_of = models.ForeignKey("self", models.SET_NULL, null=True, db_index=False, related_name="replays")
    handling = models.CharField(
        _("handling"), max_length=9, choices=Handling.choices, blank=True, default="", db_default=""
    )
    handling_note = models.CharField(_("note"), max_length=255, blank=True, default="", db_default="")
    handled_by = models.CharField(_("handled by"), max_length=255, blank=True, default="", db_default="")
    handled_at = models.DateTimeField(_("handled at"), null=True)

    class Meta(ItemRecord.Meta):
        ordering = ["job", "position"]
        verbose_name = _("import item")
        verbose_name_plural = _("import items")
        default_permissions = ("view",)
        permissions = [("replay_importitem", "Can replay and dismiss rejected items")]
        indexes = [
            models.Index(fields=["external_id"], name="importjobs_importitem_ext_id"),
            models.Index(
                fields=["replay_of"], condition=Q(replay_of__isnull=False), name="importjobs_importitem_replays"
            ),
            models.Index(fields=["id"], condition=Q(status="Rejected"), name="importjobs_importitem_rejected"),
            models.Index(fields=["id"], condition=~Q(warnings=[]), name="importjobs_importitem_warned"),
            models.Index(
                fields=["status", "id"],
                condition=Q(status__in=["Cancelled", "Skipped"]),
                name="importjobs_importitem_rare",
            ),
            models.Index(
                fields=["id"], condition=Q(status="Rejected", handled_at=None), name="importjobs_importitem_open"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(handling="", handled_at=None)
                | Q(handling__in=["Replayed", "Dismissed"], status="Rejected", handled_at__isnull=False),
                name="importjobs_importitem_handled_if_rejected",
            ),
            models.UniqueConstraint(fields=["job", "position"], name="importjobs_importitem_position_unique"),
            models.CheckConstraint(
                condition=Q(status="Rejected", target=None) & ~Q(error_code="")
                | Q(status__in=["Created", "Updated", "Cancelled", "Skipped"], error_code="") & ~Q(target=None),
                name="importjobs_importitem_target_or_error",
            ),
        ]


class _NextJobId(models.Func):
    """The next id of import jobs. Rehearsals share their numbers, so that both can be read at /import-jobs/{id}."""

    template = "nextval(pg_get_serial_sequence('importjobs_importjob', 'id'))"
    output_field = models.BigIntegerField()


class Rehearsal(JobRecord):
    """What an import in the background would do: it is processed like an import job, but changes no target.

    Rehearsals are apart from import jobs, so that no list, number or metric of imports includes them. Old ones are
    deleted by the worker.
    """

    id = models.BigIntegerField(primary_key=True, db_default=_NextJobId())

    class Meta(JobRecord.Meta):
        ordering = ["-id"]
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        default_permissions = ()
        indexes = [models.Index(fields=["created_at"], name="importjobs_rehearsal_created")]


class RehearsedItem(ItemRecord):
    """What one document would do. `target_id` is that of a stored target; a target that would be created has none."""

    job = models.ForeignKey(Rehearsal, models.CASCADE, db_index=False, related_name="items")
    target = models.ForeignKey(Target, models.SET_NULL, null=True, db_index=False, related_name="+")

    class Meta(ItemRecord.Meta):
        ordering = ["job", "position"]
        default_permissions = ()
        indexes = [models.Index(fields=["job"], condition=Q(status="Rejected"), name="importjobs_rehearseditem_rej")]
        constraints = [
            models.UniqueConstraint(fields=["job", "position"], name="importjobs_rehearseditem_position_unique"),
        ]
