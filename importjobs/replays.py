"""What staff do about a rejected item: check it, replay it through the runner, or dismiss it."""

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
"""The most items of one replay: they are one transaction."""

Status, Handling = ImportItem.Status, ImportItem.Handling


class AlreadyHandled(Exception):
    """A colleague was quicker."""


class NewerImport(Exception):
    """The target has been imported since, and nobody has said that this is to go over it."""


@dataclass
class Replayed:
    jobs: list[ImportJob] = field(default_factory=list)
    items: list[ImportItem] = field(default_factory=list)
    skipped: int = 0
    """Items whose target has been imported since."""


def unhandled() -> QuerySet[ImportItem]:
    return ImportItem.objects.filter(status=Status.REJECTED, handled_at=None)


def with_newer(items: QuerySet[ImportItem]) -> QuerySet[ImportItem]:
    """Each item with `has_newer`: whether the target that it meant has been imported since."""
    since = _imported(OuterRef("external_id"), OuterRef("job__source_system"), OuterRef("pk"))
    return items.annotate(has_newer=Exists(since))


def newer(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem | None:
    """The last import of the target that the payload means, if it came after the item."""
    external_id = documents.identity(payload)
    return _imported(external_id, item.job.source_system_id, item.pk).order_by("-pk").first()


def check(item: ImportItem, payload: Mapping[str, Any]) -> ImportItem:
    """What a replay would do; nothing is written."""
    _job, (checked,) = runner.rehearse(payloads=[payload], source_system=item.job.source_system)
    return checked


def replay(
    *, item: ImportItem, payload: Mapping[str, Any], by: str, correlation_id: str, over_newer: bool = False
) -> ImportItem:
    """The item that the replay made; the original keeps all that it says and is marked handled.

    Raises AlreadyHandled or NewerImport, and then nothing is written."""
    with transaction.atomic():
        _hold([item.pk])
        if not over_newer and newer(item, payload):
            raise NewerImport
        job, _items = runner.run(
            payloads=[payload],
            source_system=item.job.source_system,
            submitted_by=by,
            correlation_id=correlation_id,
            replay_of=[item.pk],
        )
        _mark([item.pk], Handling.REPLAYED, by)
        return job.items.get()


def replay_all(*, items: QuerySet[ImportItem], by: str, correlation_id: str, over_newer: bool) -> Replayed:
    """Replays what was sent, at most AT_ONCE items, with a job for each source system."""
    done = Replayed()
    with transaction.atomic():
        for group in _by_source_system(items.select_for_update(of=("self",))):
            wanted = [item for item in group if over_newer or not item.has_newer]  # type: ignore[attr-defined]
            done.skipped += len(group) - len(wanted)
            if not wanted:
                continue
            pks = [item.pk for item in wanted]
            job, made = runner.run(
                payloads=[item.payload for item in wanted],
                source_system=wanted[0].job.source_system,
                submitted_by=by,
                correlation_id=correlation_id,
                batch=runner.Batch(),
                replay_of=pks,
            )
            _mark(pks, Handling.REPLAYED, by)
            done.jobs.append(job)
            done.items += made
    return done


def check_all(items: QuerySet[ImportItem]) -> list[tuple[ImportItem, ImportItem]]:
    """What `replay_all` would do, item by item; nothing is written."""
    checked: list[tuple[ImportItem, ImportItem]] = []
    for group in _by_source_system(items):
        payloads = [item.payload for item in group]
        _job, results = runner.rehearse(
            payloads=payloads, source_system=group[0].job.source_system, batch=runner.Batch()
        )
        checked += zip(group, results, strict=True)
    return checked


def dismiss(*, items: QuerySet[ImportItem], note: str, by: str) -> int:
    """Nothing will be done about them, and the note says why. How many were still unhandled."""
    with transaction.atomic():
        return _mark(items.values_list("pk", flat=True), Handling.DISMISSED, by, note)


def _imported(external_id: Any, source_system: Any, after: Any) -> QuerySet[ImportItem]:
    items = ImportItem.objects.filter(external_id=external_id, job__source_system=source_system, pk__gt=after)
    return items.exclude(status=Status.REJECTED).exclude(external_id="")


def _by_source_system(items: QuerySet[ImportItem]) -> list[list[ImportItem]]:
    """In the order they came in."""
    ordered = with_newer(items.filter(status=Status.REJECTED, handled_at=None)).order_by("job__source_system", "pk")
    rows = ordered.select_related("job__source_system")[:AT_ONCE]
    return [list(group) for _system, group in groupby(rows, key=lambda item: item.job.source_system_id)]


def _hold(pks: Iterable[int]) -> None:
    if not unhandled().select_for_update().filter(pk__in=pks).exists():
        raise AlreadyHandled


def _mark(pks: Iterable[int], handling: str, by: str, note: str = "") -> int:
    return (
        unhandled()
        .filter(pk__in=pks)
        .update(handling=handling, handled_by=by, handled_at=timezone.now(), handling_note=note)
    )
