"""What staff can do with rejected items: check them, replay them through the runner, or dismiss them.

An item is *open* if it was rejected and nobody has replayed or dismissed it. A replay that is rejected again leaves it
open: no job is recorded, only a `ReplayAttempt`, so that a repeated failure counts once on every page.

A target was *imported successfully* by an item with its external id in its source system whose status is not Rejected:
Created, Updated, Cancelled or Skipped. That was *after* another item if the item's id is higher.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from importjobs import runner
from importjobs.models import ImportItem, ImportJob
from importjobs.replay_attempts import Changes, Pair, payloads, record_attempts, rejected_of
from ordinavo.common.lock_waits import STAFF_WAIT_SECONDS, retry_when_locked
from targets import documents

AT_ONCE = 1000
"""The largest number of items that one call of `replay_all` or `check_all` replays or checks. It ignores the others."""

Status, Handling = ImportItem.Status, ImportItem.Handling


class AlreadyHandled(Exception):
    """The item is not open: it was not rejected, somebody has replayed or dismissed it, or it was deleted."""


class NewerImport(Exception):
    """The target was imported successfully after the item, and the caller did not confirm the replay."""


class RejectedAgain(Exception):
    """The replay was rejected. Only the attempt was recorded, and the item is still open."""

    def __init__(self, rejected: ImportItem) -> None:
        """`rejected` is the item that an import would have recorded, with its errors."""
        super().__init__(rejected.error_message)
        self.rejected = rejected


@dataclass
class Replayed:
    """What `replay_all` did: what it recorded, and how many items it left as they were."""

    jobs: list[ImportJob] = field(default_factory=list)
    """The new jobs, one for each source system with a replayed item."""
    items: list[ImportItem] = field(default_factory=list)
    """The new items of these jobs, without their ids."""
    rejected: list[Pair] = field(default_factory=list)
    """The items that were rejected again, and so are still open."""
    skipped: int = 0
    """How many open items were not replayed, because their target was imported successfully after them."""


def unhandled() -> QuerySet[ImportItem]:
    """Return the query of all open items: rejected, and neither replayed nor dismissed. It is not run here."""
    return ImportItem.objects.filter(status=Status.REJECTED, handled_at=None)


def with_newer(items: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
    """Return the query with `has_newer` for each item: whether its target was imported successfully after it.

    The target is that of the item's external id in its source system. A later item counts if it has a higher id and was
    not rejected. `has_newer` is False without an external id. The query is not run here.
    """
    since = _imported(OuterRef("external_id"), OuterRef("job__source_system"), OuterRef("pk"))
    return items.annotate(has_newer=Exists(since))


def newer(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem | None:
    """Return the last item that imported the payload's target successfully after the given item, or None.

    The target is that of the payload's externalId in the item's source system, whatever the item's own external id.
    A later item is one with a higher id that was not rejected; the one with the highest id is returned. Returns None if
    the payload has no externalId. Makes one query.
    """
    external_id = documents.identity(payload)
    return _imported(external_id, item.job.source_system_id, item.pk).order_by("-pk").first()


def check(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem:
    """Return the unsaved item that a replay with this payload would record. Nothing is written or locked.

    What is wrong with the payload is in the `errors` of the returned item; nothing is raised for it. Whether the item
    is open and whether its target has a newer import are not checked. Raises DatabaseError if a query fails. An
    unexpected exception of the import code is not caught.
    """
    return runner.rehearse_one(document=payload, source_system=item.job.source_system).items[0]


def replay(
    *, item: ImportItem, payload: Mapping[str, Any], by: str, correlation_id: str, over_newer: bool = False
) -> ImportItem:
    """Import a payload in place of a rejected item, mark that item as replayed and return the new, stored item.

    `by` is the name of the user. Locks the item's row until the transaction ends.

    Raises RejectedAgain if the import is rejected: then the attempt is recorded with its payload, and nothing else.
    Raises AlreadyHandled if the item was not rejected, or was replayed, dismissed or deleted; NewerImport if
    `over_newer` is false and an item with a higher id, not rejected, imported the target of the payload's externalId;
    TargetLocked or TooManyWaiting if another transaction holds the item or the target for longer than
    STAFF_WAIT_SECONDS; OperationalError if other transactions keep changing that target first. No other exception is
    caught. After any of these exceptions nothing is written.
    """

    def attempt(_is_retry: bool) -> ImportItem:
        """Replay the item in one transaction. Return the new item, unsaved if it was rejected."""
        with transaction.atomic():
            _lock_unhandled(item)
            if not over_newer and newer(item, payload):
                raise NewerImport
            with transaction.atomic():
                record = runner.import_one(
                    document=payload,
                    source_system=item.job.source_system,
                    submitted_by=by,
                    correlation_id=correlation_id,
                    replay_of=item.pk,
                )
                [made] = record.items
                is_rejected = made.status == Status.REJECTED
                transaction.set_rollback(is_rejected)
            if is_rejected:
                record_attempts([(item, made)], by)
                return made
            _mark([item.pk], Handling.REPLAYED, by)
            return record.job.items.get()

    made = retry_when_locked(attempt, seconds=STAFF_WAIT_SECONDS)
    if made.status == Status.REJECTED:
        raise RejectedAgain(made)
    return made


def replay_all(
    *,
    items: QuerySet[ImportItem],
    by: str,
    correlation_id: str,
    over_newer: bool,
    changes: Changes | None = None,
) -> Replayed:
    """Replay the open ones of these items with the payloads as they were sent, as one job for each source system.

    An item is open if it was rejected and neither replayed nor dismissed. The first AT_ONCE open items, by the ids of
    source system and item, are locked, replayed and marked as replayed in one transaction. Others are ignored. An item
    whose target was imported successfully after it is not replayed and counts in `skipped`, unless `over_newer` is
    true. `by` is the name of the user. `changes` replace values of the payloads.

    Returns the new jobs and items, none if no item is open. An item that is rejected again, also as `internal_error` if
    its document raises an exception or the database refuses it, stays open: it is in `rejected`, its attempt is
    recorded, and it is in no job. Raises TargetLocked or TooManyWaiting if another transaction holds an item or a
    target for longer than STAFF_WAIT_SECONDS, and OperationalError if others keep changing a target. After an exception
    nothing is written.
    """
    return retry_when_locked(
        lambda _is_retry: _replay_together(items, by, correlation_id, over_newer, changes or Changes()),
        seconds=STAFF_WAIT_SECONDS,
    )


def _replay_together(
    items: QuerySet[ImportItem], by: str, correlation_id: str, over_newer: bool, changes: Changes
) -> Replayed:
    """Replay the open ones of these items in one transaction, as `replay_all` describes it, without a second try."""
    done = Replayed()
    with transaction.atomic():
        for group in _by_source_system(items.select_for_update(of=("self",))):
            wanted = [item for item in group if over_newer or not item.has_newer]  # type: ignore[attr-defined]
            done.skipped += len(group) - len(wanted)
            _import_accepted(wanted, by, correlation_id, changes, done)
        record_attempts(done.rejected, by)
    return done


def _import_accepted(items: list[ImportItem], by: str, correlation_id: str, changes: Changes, done: Replayed) -> None:
    """Import the payloads of these items of one source system as one job, without those that would be rejected.

    Adds the job and what became of the items to `done`. If some are rejected, the job is undone and the others are
    imported again: a rejected document changes nothing, so they come out the same, unless another transaction changes
    their targets meanwhile.
    """
    rejected: list[Pair] = []
    while items:
        with transaction.atomic():
            record = runner.import_batch(
                documents=payloads(items, changes),
                batch=runner.Batch(),
                source_system=items[0].job.source_system,
                submitted_by=by,
                correlation_id=correlation_id,
                replay_of=[item.pk for item in items],
            )
            refused = rejected_of(zip(items, record.items, strict=True), changes)
            transaction.set_rollback(bool(refused))
        if not refused:
            _mark([item.pk for item in items], Handling.REPLAYED, by)
            done.jobs.append(record.job)
            done.items += record.items
            break
        rejected += refused
        refused_ids = {item.pk for item, _result in refused}
        items = [item for item in items if item.pk not in refused_ids]
    done.rejected += rejected


def check_all(items: QuerySet[ImportItem], changes: Changes | None = None) -> list[Pair]:
    """Return a pair for each open one of these items: that item, and the unsaved item that a replay would record.

    An item is open if it was rejected and neither replayed nor dismissed. Only the first AT_ONCE open items, by the ids
    of source system and item, are checked, in that order. Returns an empty list if none is open. `has_newer`
    of the open item tells whether its target was imported successfully after it; the item is checked in either case.
    `changes` replace values of the payloads. Nothing is written or locked. Raises DatabaseError if a query fails.
    """
    checked: list[Pair] = []
    for group in _by_source_system(items):
        source_system = group[0].job.source_system
        record = runner.rehearse_batch(
            documents=payloads(group, changes or Changes()), batch=runner.Batch(), source_system=source_system
        )
        checked += zip(group, record.items, strict=True)
    return checked


def dismiss(*, items: QuerySet[ImportItem], note: str, by: str) -> int:
    """Mark all open ones of these items as dismissed, and return how many that were. The others are left unchanged.

    An item is open if it was rejected and neither replayed nor dismissed. `note` is the reason for the dismissal, and
    `by` is the name of the user. Both are stored, with the current time. The number of items is not limited by AT_ONCE.
    Only the database is changed, and only if all of it succeeds.
    """
    with transaction.atomic():
        return _mark(items.values_list("pk", flat=True), Handling.DISMISSED, by, note)


def _imported(external_id: Any, source_system: Any, after: Any) -> QuerySet[ImportItem]:
    """Return the query of the items with an id higher than `after` that imported a target successfully.

    The arguments are values, or expressions such as OuterRef: the target's external id, and the ids of the source
    system and of an item. The query finds nothing for an empty external id.
    """
    items = ImportItem.objects.filter(external_id=external_id, job__source_system=source_system, pk__gt=after)
    return items.exclude(status=Status.REJECTED).exclude(external_id="")


def _by_source_system(items: QuerySet[ImportItem]) -> list[list[ImportItem]]:
    """Return the first AT_ONCE open ones of these items, by the ids of source system and item, in a list for each.

    Each list is ordered by item id, and its items have `has_newer`. Returns an empty list if no item is open.
    """
    ordered = with_newer(items.filter(status=Status.REJECTED, handled_at=None)).order_by("job__source_system_id", "pk")
    rows = ordered.select_related("job__source_system")[:AT_ONCE]
    return [list(group) for _system, group in groupby(rows, key=lambda item: item.job.source_system_id)]


def _lock_unhandled(item: ImportItem) -> None:
    """Lock an item's row until the transaction ends, after waiting for other locks on it.

    Raises AlreadyHandled if the stored item is not open, and OperationalError if the wait exceeds lock_timeout.
    """
    if not unhandled().select_for_update().filter(pk=item.pk).exists():
        raise AlreadyHandled


def _mark(pks: Iterable[int], handling: str, by: str, note: str = "") -> int:
    """Store handling, user, note and the current time for the open ones of these items. Return how many they were.

    `handling` is a member of `Handling`, and `by` is the user's name. Items that are not open stay unchanged. Only the
    database is changed, not items in memory.
    """
    return (
        unhandled()
        .filter(pk__in=pks)
        .update(handling=handling, handled_by=by, handled_at=timezone.now(), handling_note=note)
    )
