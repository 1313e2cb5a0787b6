"""Change many targets at once: choose, preview, apply, and undo.

A bulk change is applied in one transaction, by the same edits as for one target. It never waits for the rows of
targets: it skips those that another transaction holds, and names them. So it cannot be part of a deadlock.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.functions import Collate
from django.utils import timezone

from ordinavo.common.limits import MAX_BULK_TARGETS
from ordinavo.common.lock_waits import retry_when_locked
from targets import edits, paths
from targets.bulk_actions import Obstacle, Plan, Refusal, make_plan
from targets.edits import Author
from targets.models import BulkChange, Target

REPEATED_SUBMIT_SECONDS = 25
"""How long a form that was sent twice waits until the first one is applied."""
UNUSED_AFTER = timedelta(days=1)
"""After which a bulk change that nobody applied is deleted."""


class TooManyTargets(Exception):
    """More than MAX_BULK_TARGETS targets were chosen."""


class PreviewOutdated(Exception):
    """The bulk change has other parameters than those that the preview showed."""


def prepare(
    *,
    action: str,
    targets: QuerySet[Target],
    by: str,
    list_query: str = "",
    parameters: Mapping[str, Any] | None = None,
    reason: str = "",
) -> BulkChange:
    """Store which targets shall be changed, and return the bulk change, which is not applied yet.

    Without parameters, targets that shall follow their source again do so in all fields that are corrected now.

    Deletes bulk changes that nobody applied within UNUSED_AFTER. Raises TooManyTargets if there are more than
    MAX_BULK_TARGETS.
    """
    ids = list(targets.order_by("pk").values_list("pk", flat=True)[: MAX_BULK_TARGETS + 1])
    if len(ids) > MAX_BULK_TARGETS:
        raise TooManyTargets
    if action == BulkChange.Action.FOLLOW and not parameters:
        parameters = {"fields": sorted(corrected_fields(ids))}
    BulkChange.objects.filter(applied_at=None, created_at__lt=timezone.now() - UNUSED_AFTER).delete()
    return BulkChange.objects.create(
        action=action,
        parameters=dict(parameters or {}),
        reason=reason,
        by=by,
        list_query=list_query,
        target_ids=ids,
    )


def corrected_fields(ids: Iterable[int]) -> Counter[str]:
    """Return the number of the targets with these ids that are corrected in each field, by path.

    Of two paths that belong together (`paths.PAIRS`), only the first is counted. "status" is not a field.
    """
    corrections = Target.objects.filter(pk__in=ids).exclude(corrections={}).values_list("corrections", flat=True)
    found = Counter(path for one in corrections for path in one if path != "status")
    for first, second in paths.PAIRS:
        found[first] = max(found[first], found.pop(second, 0))
    return +found


def preview(change: BulkChange) -> Plan:
    """Return what applying a bulk change would do now. Nothing is locked or written."""
    stored = _stored(change.target_ids)
    plan = make_plan(change, stored, Author(change.by, timezone.now(), change.reason))
    plan.gone = sorted(set(change.target_ids) - {target.pk for target in stored})
    return plan


def apply(*, change: BulkChange, parameters: Mapping[str, Any], reason: str, by: str) -> BulkChange:
    """Change the targets of a prepared bulk change, record a TargetEdit for each, and return the applied change.

    All that is possible is changed in one transaction; `unchanged` of the result says what was not and why. If it was
    applied before, nothing is done, and it is returned as it was applied. Raises PreviewOutdated if its parameters are
    others than `parameters`, BulkChange.DoesNotExist if it was deleted, and TargetLocked if it is still being applied
    after REPEATED_SUBMIT_SECONDS.
    """

    def attempt() -> BulkChange:
        """Apply the bulk change, if nobody has applied it."""
        stored = BulkChange.objects.select_for_update(nowait=True).get(pk=change.pk)
        if not stored.applied_at:
            if stored.parameters != parameters:
                raise PreviewOutdated
            _apply(stored, Author(by, timezone.now(), reason))
        return stored

    return _once(attempt)


def undo_of(change: BulkChange) -> BulkChange:
    """Return the unsaved bulk change that undoes another one, for `preview`."""
    ids = change.edits.order_by("target_id").values_list("target_id", flat=True)
    return BulkChange(
        action=BulkChange.Action.UNDO, undoes=change, list_query=change.list_query, target_ids=list(ids), by=change.by
    )


def undo(*, change: BulkChange, reason: str, by: str) -> BulkChange:
    """Restore what targets had before an applied bulk change, record a TargetEdit for each, and return the undo.

    Targets that somebody has changed since in the same fields are not restored; `unchanged` of the result names them.
    If the change was undone before, nothing is done, and the earlier undo is returned. Raises TargetLocked as `apply`.
    """

    def attempt() -> BulkChange:
        """Undo the bulk change, if nobody has undone it."""
        stored = BulkChange.objects.select_for_update(nowait=True).get(pk=change.pk)
        if earlier := finished_undo(stored):
            return earlier
        made = undo_of(stored)
        made.reason, made.by = reason, by
        made.save()
        _apply(made, Author(by, timezone.now(), reason))
        return made

    return _once(attempt)


def can_be_undone(change: BulkChange) -> bool:
    """Return whether a bulk change was applied to any target, and has no undo that is finished."""
    is_applied = bool(change.applied_at and change.changed)
    return is_applied and change.action != BulkChange.Action.UNDO and finished_undo(change) is None


def finished_undo(change: BulkChange) -> BulkChange | None:
    """Return the undo of a bulk change that found no target locked, or None.

    An undo that found some locked can be repeated for them.
    """
    return next((made for made in change.undos.all() if Obstacle.LOCKED not in made.unchanged), None)


def _once(attempt: Callable[[], BulkChange]) -> BulkChange:
    """Return what `attempt` returns in a transaction, repeated while another request holds the same bulk change."""

    def try_once(_is_retry: bool) -> BulkChange:
        """Call `attempt` in a transaction."""
        with transaction.atomic():
            return attempt()

    return retry_when_locked(try_once, seconds=REPEATED_SUBMIT_SECONDS)


def _apply(change: BulkChange, author: Author) -> None:
    """Lock the targets that are free, change them, and record what was changed and what was not."""
    locked = _lock(change.target_ids)
    plan = make_plan(change, locked, author)
    missing = set(change.target_ids) - {target.pk for target in locked}
    held = Target.objects.filter(pk__in=missing) if missing else []
    plan.refused += [(target, Refusal(Obstacle.LOCKED)) for target in held]
    plan.gone = sorted(missing - {target.pk for target in held})
    for edit in plan.edits:
        edit.bulk_change = change
    edits.write(plan.edits)
    change.by, change.applied_at, change.reason = author.by, author.at, author.reason
    change.changed, change.unchanged, change.target_ids = len(plan.edits), unchanged_ids(plan), []
    change.save()


def unchanged_ids(plan: Plan) -> dict[str, list[int]]:
    """Return the ids of the targets that a plan does not change, by the obstacle."""
    found: dict[str, list[int]] = {}
    for target, refusal in plan.refused:
        found.setdefault(refusal.obstacle.value, []).append(target.pk)
    return found | ({Obstacle.GONE.value: plan.gone} if plan.gone else {})


def _stored(ids: Iterable[int]) -> list[Target]:
    """Return the stored targets with these ids, in the order in which imports lock them."""
    return list(_in_order(ids))


def _lock(ids: Iterable[int]) -> list[Target]:
    """Lock the targets with these ids that no other transaction holds, until the transaction ends, and return them.

    The lock is the one that imports take, in their order. It waits for nothing.
    """
    return list(_in_order(ids).select_for_update(skip_locked=True, no_key=True))


def _in_order(ids: Iterable[int]) -> QuerySet[Target]:
    """Return the query of the targets with these ids, by source system and externalId as imports sort them.

    Source systems and templates are read in two queries of their own, so that the query can lock the targets only.
    """
    targets = Target.objects.filter(pk__in=ids).prefetch_related("source_system", "template")
    return targets.order_by("source_system_id", Collate("external_id", "C"))
