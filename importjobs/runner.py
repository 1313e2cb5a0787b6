"""The one way in: carries out documents and records what became of each, in one transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from targets import documents, operations
from targets.models import SourceSystem
from targets.results import Result

from . import ledger
from .models import ImportItem, ImportJob

_ATTEMPTS = 3


def run(
    *,
    payloads: Sequence[Mapping[str, Any]],
    source_system: SourceSystem,
    submitted_by: str,
    correlation_id: str,
    replay_of: Sequence[int] = (),
) -> tuple[ImportJob, list[ImportItem]]:
    """Imports documents in their order. What is wrong with one is in its item, nothing is raised.

    `replay_of` names, document by document, the item that staff replay.

    Imports that create the same externalId at once meet in the unique constraint. The one that
    comes second starts over as a whole, and finds the target that the first has made."""
    created_at = timezone.now()
    read = [documents.read(payload) for payload in payloads]
    attempt = 1
    while True:
        try:
            with transaction.atomic():
                return ledger.record(
                    results=[operations.apply(document, source_system) for document in read],
                    payloads=payloads,
                    source_system=source_system,
                    operation=read[0].operation,
                    submitted_by=submitted_by,
                    correlation_id=correlation_id,
                    created_at=created_at,
                    replay_of=replay_of,
                )
        except IntegrityError:
            if attempt == _ATTEMPTS:
                raise
            attempt += 1


def rehearse(*, payloads: Sequence[Mapping[str, Any]], source_system: SourceSystem) -> list[Result]:
    """What an import would do, by doing it and taking it back; nothing is written."""
    with transaction.atomic():
        results = [operations.apply(documents.read(payload), source_system) for payload in payloads]
        transaction.set_rollback(True)
    return results
