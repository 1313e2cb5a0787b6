"""What a bulk change does to each of its targets, in memory: an edit, or the reason why the target stays as it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from django.db import models
from django.utils.translation import gettext_lazy as _

from targets import checks, edits, paths, rules
from targets.edits import Author, FindTemplate
from targets.models import BulkChange, Target, TargetEdit

Action, Status = BulkChange.Action, Target.Status


class Obstacle(models.TextChoices):
    """Why a target is not changed, in words that may follow "not changed:"."""

    ALREADY_CANCELLED = "already_cancelled", _("cancelled already")
    ALREADY_ACTIVE = "already_active", _("active already")
    CANCELLED = "cancelled", _("cancelled")
    SAME_DAY = "same_day", _("on this day already")
    SAME_PRIORITY = "same_priority", _("this priority already")
    NOT_CORRECTED = "not_corrected", _("not corrected in these fields")
    BREAKS_RULE = "breaks_rule", _("would break a rule")
    CHANGED_SINCE = "changed_since", _("changed since by a colleague or an import")
    SOURCE_CHANGED = "source_changed", _("its source system has sent another value since")
    LOCKED = "locked", _("being changed by an import or a colleague")
    GONE = "gone", _("no longer stored")


class Refusal(NamedTuple):
    """That a target is not changed, and why."""

    obstacle: Obstacle
    message: str = ""
    """The message of the rule that the target would break, else empty."""
    paths: tuple[str, ...] = ()
    """The paths that were changed since, else empty."""


@dataclass
class Plan:
    """What a bulk change does: the unsaved edits of the targets that it changes, and those that it does not change."""

    edits: list[TargetEdit] = field(default_factory=list)
    refused: list[tuple[Target, Refusal]] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    """The ids of chosen targets that are not stored any more."""
    new_warnings: Counter[str] = field(default_factory=Counter)
    """How many targets get each warning that they did not have before, by its code."""


def make_plan(change: BulkChange, targets: Iterable[Target], author: Author) -> Plan:
    """Change targets in memory as a bulk change says, and return the edits and the refusals. Nothing is written.

    A target whose result would break a rule of imports is refused, and must then not be used any further, because it
    was changed in memory. The parameters of the change must be complete. Makes queries for templates and, for an undo,
    for the edits that it undoes.
    """
    plan, judge = Plan(), _JUDGES[Action(change.action)](change, cache(edits.find_template))
    for target in targets:
        warnings = target.warnings
        outcome = judge(target, author)
        if isinstance(outcome, TargetEdit):
            outcome = _broken_rule(outcome) or outcome
        if isinstance(outcome, TargetEdit):
            plan.edits.append(outcome)
            plan.new_warnings.update(code for code in target.warnings if code not in warnings)
        else:
            plan.refused.append((target, outcome))
    return plan


Judge = Callable[[Target, Author], TargetEdit | Refusal]


def _cancelling(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that cancels active targets."""

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Cancel an active target."""
        if target.status == Status.CANCELLED:
            return Refusal(Obstacle.ALREADY_CANCELLED)
        return edits.cancel(target, author)

    return judge


def _reopening(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that reopens cancelled targets."""

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Reopen a cancelled target."""
        if target.status == Status.ACTIVE:
            return Refusal(Obstacle.ALREADY_ACTIVE)
        return edits.reopen(target, author)

    return judge


def _moving(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that moves active targets to the day in the parameters, with their time windows if these say so.

    The due date and the due time stay.
    """
    day, with_window = date.fromisoformat(change.parameters["day"]), change.parameters["moveWindow"]

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Move an active target."""
        if target.status == Status.CANCELLED:
            return Refusal(Obstacle.CANCELLED)
        if target.route_date == day:
            return Refusal(Obstacle.SAME_DAY)
        try:
            window = _moved_window(target, day) if with_window else {}
        except OverflowError:
            return Refusal(Obstacle.BREAKS_RULE)
        return edits.correct(target, {"planning.routeDate": day} | window, (), author)

    return judge


def _prioritising(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that gives active targets the priority in the parameters."""
    priority = change.parameters["priority"]

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Set the priority of an active target."""
        if target.status == Status.CANCELLED:
            return Refusal(Obstacle.CANCELLED)
        if target.priority == priority:
            return Refusal(Obstacle.SAME_PRIORITY)
        return edits.correct(target, {"planning.priority": priority}, (), author)

    return judge


def _following(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that lets targets follow their source again in the fields that the parameters name.

    Cancelled targets may follow too. They stay cancelled.
    """
    chosen = [path for path in paths.with_paired_paths(change.parameters["fields"]) if path != "status"]

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Let a target follow its source in the chosen fields that are corrected."""
        if not any(path in target.corrections for path in chosen):
            return Refusal(Obstacle.NOT_CORRECTED)
        return edits.correct(target, {}, chosen, author, find_template)

    return judge


def _undoing(change: BulkChange, find_template: FindTemplate) -> Judge:
    """Return the judge that restores what targets had before another bulk change, if it is as that change left it."""
    undone = {edit.target_id: edit for edit in TargetEdit.objects.filter(bulk_change=change.undoes)}

    def judge(target: Target, author: Author) -> TargetEdit | Refusal:
        """Restore a target that nobody has changed since, in the fields of the other bulk change."""
        edit = undone[target.pk]
        return _change_since(target, edit) or edits.restore(target, edit, author, find_template)

    return judge


_JUDGES: dict[BulkChange.Action, Callable[[BulkChange, FindTemplate], Judge]] = {
    Action.CANCEL: _cancelling,
    Action.REOPEN: _reopening,
    Action.MOVE: _moving,
    Action.PRIORITY: _prioritising,
    Action.FOLLOW: _following,
    Action.UNDO: _undoing,
}


def _moved_window(target: Target, day: date) -> dict[str, datetime]:
    """Return the ends of a target's time window by path, moved by as many days as the target; empty if it has none.

    Local times stay, in the time zone of the source system, also where summer time begins or ends in between. A target
    without a route date is moved from the day on which its window begins. Raises OverflowError if the result is out of
    the years 1 to 9999.
    """
    ends = {
        "planning.timeWindowStartUtc": target.time_window_start,
        "planning.timeWindowEndUtc": target.time_window_end,
    }
    zone = target.source_system.zone
    local = {path: moment.astimezone(zone) for path, moment in ends.items() if moment}
    if not local:
        return {}
    step: timedelta = day - (target.route_date or min(local.values()).date())
    return {path: (moment + step).astimezone(UTC) for path, moment in local.items()} if step else {}


def _broken_rule(edit: TargetEdit) -> Refusal | None:
    """Return the refusal of an edit whose result would be refused in an import, or None if it keeps all rules."""
    errors = [
        *rules.violations_of(edit.target),
        *checks.errors_in({change["field"]: "" if change["to"] is None else change["to"] for change in edit.changes}),
    ]
    return Refusal(Obstacle.BREAKS_RULE, errors[0].message) if errors else None


def _change_since(target: Target, edit: TargetEdit) -> Refusal | None:
    """Return the refusal to undo an edit of a target, or None if everything is as the edit left it.

    That is the case if the edited fields have the values of the edit, staff have not corrected them again, and their
    source has not sent another value for them.
    """
    changed = [
        change["field"]
        for change in edit.changes
        if paths.get_value(target, change["field"]) != _stored_value(change["field"], change["to"])
    ]
    sent = []
    for path, left in edit.marks["after"]["corrections"].items():
        present = target.corrections.get(path)
        if bool(left) != bool(present) or (left and present and _author(left) != _author(present)):
            changed.append(path)
        elif left and present and _source(path, left) != _source(path, present):
            sent.append(path)
    if changed:
        return Refusal(Obstacle.CHANGED_SINCE, paths=tuple(dict.fromkeys(changed)))
    return Refusal(Obstacle.SOURCE_CHANGED, paths=tuple(sent)) if sent else None


def _author(correction: Mapping[str, Any]) -> tuple[str, str]:
    """Return who made a correction and when."""
    return correction["by"], correction["at"]


def _source(path: str, correction: Mapping[str, Any]) -> Any:
    """Return what the source sent for a corrected field, so that two of them can be compared; None if it is empty."""
    return _stored_value(path, correction["source"])


def _stored_value(path: str, value: Any) -> Any:
    """Return a value that was stored as JSON as `paths.get_value` returns it."""
    if value is None or value == "" or path in ("status", "templateKey") or path.startswith(paths.CUSTOM_PREFIX):
        return None if value == "" else value
    return paths.model_field(path).to_python(value)
