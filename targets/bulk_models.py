"""The model of a change of many targets. `targets.models` imports it, and so does everybody else from there."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ordinavo.common.json_fields import ExactJSONField
from ordinavo.common.limits import MAX_CANCELLATION_NOTE_LENGTH


class BulkChange(models.Model):
    """One change that staff made to many targets at once.

    It is stored when staff choose the targets, and applied after a preview. One that was applied is never changed or
    deleted. What it did to each target is in its TargetEdits.
    """

    class Action(models.TextChoices):
        """What is done to each target."""

        CANCEL = "cancel", _("Cancel targets")
        REOPEN = "reopen", _("Reopen targets")
        MOVE = "move", _("Move to another day")
        PRIORITY = "priority", _("Set the priority")
        FOLLOW = "follow", _("Follow the source system again")
        UNDO = "undo", _("Undo")

    action = models.CharField(_("action"), max_length=8, choices=Action.choices)
    parameters = ExactJSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=MAX_CANCELLATION_NOTE_LENGTH, blank=True)
    by = models.CharField(_("changed by"), max_length=255)
    created_at = models.DateTimeField(auto_now_add=True)
    applied_at = models.DateTimeField(_("changed at"), null=True)
    list_query = models.TextField(blank=True)
    """The query string of the list in which the targets were chosen, so that staff return to the same filters."""
    target_ids = ArrayField(models.BigIntegerField(), default=list)
    """The chosen targets, until the change is applied."""
    changed = models.PositiveIntegerField(_("changed targets"), default=0)
    unchanged = ExactJSONField(_("unchanged targets"), default=dict)
    """The ids of the chosen targets that were not changed, by the reason (see `targets.bulk_actions.Obstacle`)."""
    undoes = models.ForeignKey("self", models.PROTECT, null=True, related_name="undos")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("bulk change")
        verbose_name_plural = _("bulk changes")
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(applied_at=None, changed=0) | Q(applied_at__isnull=False) & ~Q(reason=""),
                name="targets_bulkchange_applied_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        """Return the action and the number."""
        return f"{self.get_action_display()} ({self.pk})"
