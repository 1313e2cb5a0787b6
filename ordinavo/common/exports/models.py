"""Exports: lists of the admin that a worker writes to a file for one user."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ordinavo.common.files.models import StoredFile


class Export(models.Model):
    """One export of a list: what was asked for, how far it is, and its file.

    Only its owner sees it. A worker writes the rows that the list shows to this user.
    """

    class Format(models.TextChoices):
        """The forms of the file."""

        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"

    class Status(models.TextChoices):
        """The life of an export: Pending, Processing, and then one of the others."""

        PENDING = "Pending", _("Pending")
        PROCESSING = "Processing", _("Processing")
        COMPLETED = "Completed", _("Completed")
        FAILED = "Failed", _("Failed")
        CANCELLED = "Cancelled", _("Aborted")

    class Failure(models.TextChoices):
        """Why an export failed, and what the user can do."""

        NOT_ALLOWED = "not_allowed", _("You may no longer see this list. Ask an administrator for the permission.")
        UNUSABLE_FILTERS = (
            "unusable_filters",
            _("The filters cannot be used. Change them in the list and export it again."),
        )
        NO_SPACE = "no_space", _("The worker has no space left for the file. Tell an administrator.")
        TOO_SLOW = "too_slow", _("The list takes too long to read. Filter it, by date for example, and export again.")
        GIVEN_UP = "given_up", _("The worker was interrupted too often. Export the list again.")
        ERROR = "error", _("An error occurred. Export the list again; if it fails again, tell an administrator.")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    """Null if the user was deleted. Nobody sees the export then, until it is deleted."""
    model = models.CharField(max_length=100)
    """Of the exported list, such as "targets.target"."""
    query = models.TextField(blank=True)
    """The query string of the list: its filters, search and order."""
    format = models.CharField(_("format"), max_length=8, choices=Format.choices)
    language = models.CharField(max_length=16)
    """In which the filters were written, and numbers in a CSV file are."""
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.PENDING)
    failure = models.CharField(max_length=32, choices=Failure.choices, blank=True)
    total_rows = models.PositiveIntegerField(_("rows"), null=True)
    """Null until the worker has read the list."""
    written_rows = models.PositiveIntegerField(default=0)
    attempts = models.PositiveSmallIntegerField(default=0)
    """How often a worker began. The latest attempt is the only one that may change the export."""
    file = models.OneToOneField(StoredFile, models.SET_NULL, null=True, related_name="+")
    """Complete only if the status is Completed."""
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        ordering = ["-id"]
        default_permissions = ()
        indexes = [models.Index(fields=["owner", "-id"], name="exports_export_of_owner")]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["Pending", "Processing"], finished_at=None)
                | Q(status__in=["Completed", "Failed", "Cancelled"], finished_at__isnull=False),
                name="exports_export_finished_at",
            ),
            models.CheckConstraint(
                condition=~Q(status="Completed") | Q(file__isnull=False), name="exports_export_has_file"
            ),
        ]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def has_ended(self) -> bool:
        """Whether no worker will change the export any more."""
        return self.finished_at is not None
