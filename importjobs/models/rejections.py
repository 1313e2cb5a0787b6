"""What staff do about rejected items: failed attempts to replay one, and choices that they ask for."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from importjobs.models.jobs import ImportItem
from ordinavo.common.json_fields import ExactJSONField, OrderedJSONField
from templates.models import CustomField


class ReplayAttempt(models.Model):
    """A replay of an item that was rejected again. No import job was recorded, and the item stayed open."""

    item = models.ForeignKey(ImportItem, models.CASCADE, related_name="attempts")
    created_at = models.DateTimeField()
    submitted_by = models.CharField(max_length=255)
    errors = ExactJSONField()
    """Why it was rejected, as in the errors of an item."""
    payload = OrderedJSONField()
    """What was tried, so that a correction by staff is not lost."""

    class Meta:
        ordering = ["-id"]
        default_permissions = ()

    def __str__(self) -> str:
        return f"attempt {self.pk} of {self.item_id}"


class ChoiceRequest(models.Model):
    """A request that a choice be added to a custom field, by a user who may not change templates."""

    class Status(models.TextChoices):
        WAITING = "Waiting", _("Waiting")
        ACCEPTED = "Accepted", _("Accepted")
        DECLINED = "Declined", _("Declined")

    field = models.ForeignKey(CustomField, models.CASCADE, related_name="+")
    choice = models.CharField(max_length=255)
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.WAITING)
    requested_by = models.CharField(max_length=255)
    requested_at = models.DateTimeField()
    decided_by = models.CharField(max_length=255, blank=True, default="")
    decided_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=255, blank=True, default="")
    """Why it was declined."""

    class Meta:
        ordering = ["id"]
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["field", "choice"], condition=Q(status="Waiting"), name="importjobs_choicerequest_waits_once"
            ),
            models.CheckConstraint(
                condition=Q(status="Waiting", decided_at=None)
                | Q(status__in=["Accepted", "Declined"], decided_at__isnull=False),
                name="importjobs_choicerequest_decided_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field.key}: {self.choice}"
