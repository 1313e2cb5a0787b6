"""Every error code of an item, with what staff can do about it."""

from django.utils.translation import gettext_lazy as _

_VALUE = _("Correct the value in the payload, then replay.")

REMEDIES = {
    "missing_external_id": _("Enter the source system's own id of the order, then replay."),
    "invalid_external_id": _("Enter the id as a text of 1 to 128 characters, then replay."),
    "missing_title": _("Enter a title, then replay."),
    "invalid_operation": _("Enter create, update, upsert or cancel, then replay."),
    "invalid_field": _VALUE,
    "invalid_time_window": _("Let the window end after it starts, then replay."),
    "incomplete_coordinates": _("Enter both coordinates, or remove both, then replay."),
    "unknown_template": _("Make or activate the template, or enter another one, then replay."),
    "invalid_custom_field": _("Correct the value, or change the field of the template, then replay."),
    "missing_custom_field": _("Enter the value, or let the template not require it, then replay."),
    "external_id_exists": _("The target exists. Change the operation to upsert to update it, or dismiss the item."),
    "external_id_unknown": _("Nothing to update or cancel. Check the id, change the operation to upsert, or dismiss."),
    "version_conflict": _("Compare it with the target. Enter a higher version, then replay, or dismiss the item."),
    "internal_error": _("A fault of ours. Replay it; if that does not help, tell us the correlation id of the job."),
}
