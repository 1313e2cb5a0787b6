"""What staff can do with rejected items: check them, replay them through the runner, or dismiss them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from importjobs import runner
from importjobs.models import ImportItem, ImportJob
from targets import documents

AT_ONCE = 1000
"""The largest number of items that one call of `replay_all` or `check_all` handles, because it is one transaction."""

Status, Handling = ImportItem.Status, ImportItem.Handling


class AlreadyHandled(Exception):
    """The item is not rejected, or somebody has replayed or dismissed it already."""


class NewerImport(Exception):
    """The target was imported again after the item was rejected, and the caller did not confirm the replay."""


@dataclass
class Replayed:
    """What a replay of many items recorded."""

    jobs: list[ImportJob] = field(default_factory=list)
    """One for each source system."""
    items: list[ImportItem] = field(default_factory=list)
    skipped: int = 0
    """How many items were left alone because their target was imported again since."""


def unhandled() -> QuerySet[ImportItem]:
    """Return the query of all open items: rejected, and not replayed or dismissed yet."""
    return ImportItem.objects.filter(status=Status.REJECTED, handled_at=None)


def with_newer(items: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
    """Return the items, each annotated with `has_newer`: whether its target was imported successfully after it.

    The target is that of the item's external id in its source system. `has_newer` is False without an external id.
    """
    since = _imported(OuterRef("external_id"), OuterRef("job__source_system"), OuterRef("pk"))
    return items.annotate(has_newer=Exists(since))


def newer(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem | None:
    """Return the last successful import of the payload's target if it came after the item, else None.

    The target is that of the payload's externalId in the item's source system. Returns None without an externalId.
    """
    external_id = documents.identity(payload)
    return _imported(external_id, item.job.source_system_id, item.pk).order_by("-pk").first()


def check(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem:
    """Return the unsaved item that a replay with this payload would record. Nothing is written or locked.

    What is wrong with the payload is in the item's errors; nothing is raised for it.
    """
    return runner.rehearse_one(document=payload, source_system=item.job.source_system).items[0]


def replay(
    *, item: ImportItem, payload: Mapping[str, Any], by: str, correlation_id: str, over_newer: bool = False
) -> ImportItem:
    """Import a payload in place of a rejected item, mark that item as replayed and return the new, stored item.

    The new item may be rejected too. Raises AlreadyHandled if the item is not open any more, NewerImport if its target
    was imported successfully since and `over_newer` is false, and OperationalError if other transactions keep changing
    the target first. After an exception nothing is written.
    """
    with transaction.atomic():
        _lock_unhandled(item)
        if not over_newer and newer(item, payload):
            raise NewerImport
        record = runner.import_one(
            document=payload,
            source_system=item.job.source_system,
            submitted_by=by,
            correlation_id=correlation_id,
            replay_of=item.pk,
        )
        _mark([item.pk], Handling.REPLAYED, by)
        return record.job.items.get()


def replay_all(*, items: QuerySet[ImportItem], by: str, correlation_id: str, over_newer: bool) -> Replayed:
    """Replay the open ones of these items with the payloads as they were sent, as one job for each source system.

    The first AT_ONCE open items are locked, replayed and marked as replayed in one transaction. Items that are not open
    are ignored. Items whose target was imported successfully since are only counted in `skipped`, unless `over_newer`
    is true. Raises OperationalError, and writes nothing, if other transactions keep changing a target.
    """
    done = Replayed()
    with transaction.atomic():
        for group in _by_source_system(items.select_for_update(of=("self",))):
            wanted = [item for item in group if over_newer or not item.has_newer]  # type: ignore[attr-defined]
            done.skipped += len(group) - len(wanted)
            if not wanted:
                continue
            ids = [item.pk for item in wanted]
            record = runner.import_batch(
                documents=[item.payload for item in wanted],
                batch=runner.Batch(),
                source_system=wanted[0].job.source_system,
                submitted_by=by,
                correlation_id=correlation_id,
                replay_of=ids,
            )
            _mark(ids, Handling.REPLAYED, by)
            done.jobs.append(record.job)
            done.items += record.items
    return done


def check_all(items: QuerySet[ImportItem]) -> list[tuple[ImportItem, ImportItem]]:
    """Return pairs: each open one of these items, with the unsaved item that a replay of it would record.

    At most AT_ONCE pairs, grouped by source system; an empty list if no item is open. `has_newer` of the open item says
    whether its target was imported successfully since; it is checked in any case. Nothing is written.
    """
    checked: list[tuple[ImportItem, ImportItem]] = []
    for group in _by_source_system(items):
        documents = [item.payload for item in group]
        source_system = group[0].job.source_system
        record = runner.rehearse_batch(documents=documents, batch=runner.Batch(), source_system=source_system)
        checked += zip(group, record.items, strict=True)
    return checked


def dismiss(*, items: QuerySet[ImportItem], note: str, by: str) -> int:
    """Mark the open ones of these items as dismissed, and return how many that were. The others are left unchanged.

    `note` is the reason for the dismissal, and `by` is the name of the user.
    """
    with transaction.atomic():
        return _mark(items.values_list("pk", flat=True), Handling.DISMISSED, by, note)


def _imported(external_id: Any, source_system: Any, after: Any) -> QuerySet[ImportItem]:
    """Return the query of the successful imports of a target whose item id is higher than `after`.

    The arguments are values or expressions such as OuterRef. The query finds nothing for an empty external id.
    """
    items = ImportItem.objects.filter(external_id=external_id, job__source_system=source_system, pk__gt=after)
    return items.exclude(status=Status.REJECTED).exclude(external_id="")


def _by_source_system(items: QuerySet[ImportItem]) -> list[list[ImportItem]]:
    """Return the open ones of these items, at most AT_ONCE, in one list for each source system.

    Each list is in the order of arrival, and its items have `has_newer`. Returns an empty list if no item is open.
    """
    ordered = with_newer(items.filter(status=Status.REJECTED, handled_at=None)).order_by("job__source_system", "pk")
    rows = ordered.select_related("job__source_system")[:AT_ONCE]
    return [list(group) for _system, group in groupby(rows, key=lambda item: item.job.source_system_id)]


def _lock_unhandled(item: ImportItem) -> None:
    """Lock an item's row until the transaction ends. Raises AlreadyHandled if the item is not open."""
    if not unhandled().select_for_update().filter(pk=item.pk).exists():
        raise AlreadyHandled


def _mark(pks: Iterable[int], handling: str, by: str, note: str = "") -> int:
    """Store the handling, user, note and time for the open ones of these items, and return how many that were."""
    return (
        unhandled()
        .filter(pk__in=pks)
        .update(handling=handling, handled_by=by, handled_at=timezone.now(), handling_note=note)
    )
