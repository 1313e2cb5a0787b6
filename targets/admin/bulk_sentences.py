"""What the pages of bulk changes say in words: what will be done, what was done, and how many targets stay."""

from datetime import date
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext, ngettext_lazy
from django.utils.translation import gettext_lazy as _

from targets.bulk_actions import Obstacle
from targets.labels import field_label
from targets.models import BulkChange, Target

Action = BulkChange.Action

_PLANNED: dict[str, Any] = {
    Action.CANCEL: ngettext_lazy(
        "%(count)d target will be cancelled.", "%(count)d targets will be cancelled.", "count"
    ),
    Action.REOPEN: ngettext_lazy("%(count)d target will be reopened.", "%(count)d targets will be reopened.", "count"),
    Action.MOVE: ngettext_lazy(
        "%(count)d target will be moved to %(value)s.", "%(count)d targets will be moved to %(value)s.", "count"
    ),
    Action.PRIORITY: ngettext_lazy(
        "%(count)d target will get the priority %(value)s.",
        "%(count)d targets will get the priority %(value)s.",
        "count",
    ),
    Action.FOLLOW: ngettext_lazy(
        "%(count)d target will follow its source system again.",
        "%(count)d targets will follow their source systems again.",
        "count",
    ),
    Action.UNDO: ngettext_lazy(
        "%(count)d target will get back what it had before.",
        "%(count)d targets will get back what they had before.",
        "count",
    ),
}
_DONE: dict[str, Any] = {
    Action.CANCEL: ngettext_lazy("%(count)d target was cancelled.", "%(count)d targets were cancelled.", "count"),
    Action.REOPEN: ngettext_lazy("%(count)d target was reopened.", "%(count)d targets were reopened.", "count"),
    Action.MOVE: ngettext_lazy(
        "%(count)d target was moved to %(value)s.", "%(count)d targets were moved to %(value)s.", "count"
    ),
    Action.PRIORITY: ngettext_lazy(
        "%(count)d target got the priority %(value)s.", "%(count)d targets got the priority %(value)s.", "count"
    ),
    Action.FOLLOW: ngettext_lazy(
        "%(count)d target follows its source system again.",
        "%(count)d targets follow their source systems again.",
        "count",
    ),
    Action.UNDO: ngettext_lazy(
        "%(count)d target has what it had before.", "%(count)d targets have what they had before.", "count"
    ),
}
_BUTTONS: dict[str, Any] = {
    Action.CANCEL: ngettext_lazy("Cancel %(count)d target", "Cancel %(count)d targets", "count"),
    Action.REOPEN: ngettext_lazy("Reopen %(count)d target", "Reopen %(count)d targets", "count"),
    Action.MOVE: ngettext_lazy("Move %(count)d target", "Move %(count)d targets", "count"),
    Action.PRIORITY: ngettext_lazy("Change %(count)d target", "Change %(count)d targets", "count"),
    Action.FOLLOW: ngettext_lazy("Change %(count)d target", "Change %(count)d targets", "count"),
    Action.UNDO: ngettext_lazy("Restore %(count)d target", "Restore %(count)d targets", "count"),
}
EXPLANATIONS: dict[str, Any] = {
    Action.CANCEL: _("The targets stay cancelled until staff reopen them, even if their source system changes them."),
    Action.REOPEN: _("The targets become active again. Their source system can cancel them later."),
    Action.MOVE: _(
        "Imports keep the new day and the moved time window, until the targets follow their source system again."
    ),
    Action.PRIORITY: _("Imports keep the new priority, until the targets follow their source system again."),
    Action.FOLLOW: _("The fields get what the source system sent last, and imports can change them again."),
    Action.UNDO: _("Only targets that nobody has changed since in these fields are restored."),
}
"""What staff should know before they apply an action."""


def planned(change: BulkChange, count: int) -> str:
    """Return the sentence that says to how many targets a bulk change will do what."""
    if not count:
        return gettext("No target will be changed.")
    return str(_PLANNED[change.action] % {"count": count, "value": _value(change)})


def done(change: BulkChange) -> str:
    """Return the sentence that says to how many targets an applied bulk change did what."""
    return str(_DONE[change.action] % {"count": change.changed, "value": _value(change)})


def button(change: BulkChange, count: int) -> str:
    """Return the text of the button that applies a bulk change, such as "Cancel 312 targets"."""
    return str(_BUTTONS[change.action] % {"count": count})


def staying(count: int) -> str:
    """Return the sentence that says how many targets are not changed."""
    text = ngettext("%(count)d target stays as it is.", "%(count)d targets stay as they are.", count)
    return text % {"count": count}


def not_done(change: BulkChange) -> str:
    """Return the sentence that says how many targets were not changed, and why; empty if all were."""
    count = unchanged_count(change)
    if not count:
        return ""
    reasons = ", ".join(f"{Obstacle(name).label} ({len(ids)})" for name, ids in change.unchanged.items())
    text = ngettext("%(count)d was not changed: %(reasons)s.", "%(count)d were not changed: %(reasons)s.", count)
    return text % {"count": count, "reasons": reasons}


def unchanged_count(change: BulkChange) -> int:
    """Return the number of chosen targets that an applied bulk change did not change."""
    return sum(len(ids) for ids in change.unchanged.values())


def what(change: BulkChange) -> str:
    """Return what a bulk change does, with its parameters, such as "Move to another day: 28.11.2026"."""
    value = _value(change)
    return f"{change.get_action_display()}: {value}" if value else change.get_action_display()


def _value(change: BulkChange) -> str:
    """Return the parameters of a bulk change in words; empty if it has none."""
    if change.undoes:
        return what(change.undoes)
    if day := change.parameters.get("day"):
        return date_format(date.fromisoformat(day), "SHORT_DATE_FORMAT")
    if priority := change.parameters.get("priority"):
        return str(Target.Priority(priority).label)
    return ", ".join(field_label(path) for path in change.parameters.get("fields", []))
