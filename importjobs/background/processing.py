"""Process a job in the background, one part of its documents after the other. A worker calls this.

Each part is one transaction: its targets, items and counters, and the number of the next part. So a worker that is
killed loses at most the part that it was at, and another one goes on there. Two workers that process the same job by
mistake take turns at its parts, and record none of them twice.
"""

from collections.abc import Callable
from contextlib import suppress
from functools import partial

import structlog
from django.conf import settings
from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone

from importjobs import chunks, metrics, records
from importjobs.background import submission
from importjobs.background.outages import survive_outages
from importjobs.background.outcomes import HandedBack, Unfinished
from importjobs.background.reading_ahead import PartReader, ReadPart
from importjobs.background.repeated_targets import RepeatedTargets
from importjobs.models import BackgroundRun, ImportItem, ImportJob, JobRecord, Rehearsal
from targets import documents as target_documents
from targets import working_set
from targets.races import retry_conflicts, translate_lost_races

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 6
"""How often a worker tries the same part before it gives the job up."""
PAUSES = (1, 5, 30, 120, 300)
"""Seconds between these attempts."""
PAUSED_SECONDS = 15
"""How often a job looks whether its source system is still paused."""


def process(run_id: int, *, should_stop: Callable[[], bool]) -> None:
    """Process a job until it has ended. Does nothing if it has ended already, or was aborted or deleted.

    Waits while the database cannot be reached; that is no attempt. Looks at `should_stop` after each part and during
    such a wait. Raises HandedBack if the worker is to stop or the source system is paused, and Unfinished if a part
    failed and is to be tried again later. After MAX_ATTEMPTS at one part, the job is Failed with a reason, and can be
    resumed.
    """

    def run(step: Callable[[int], bool]) -> bool:
        """Run one step, which is a transaction, and repeat it after an outage of the database."""
        return survive_outages(lambda: step(run_id), should_stop=should_stop)

    if not run(_begin):
        return
    try:
        rehearsed = RepeatedTargets()
        with PartReader() as reader:
            while run(lambda run_id: _process_part(run_id, reader, rehearsed)):
                if should_stop():
                    raise HandedBack
    except HandedBack:
        _forget_attempt(run_id)
        raise
    except Exception as error:
        failure = error
        log.error("background_part_failed", run=run_id, exc_info=failure)
        run(lambda run_id: _note_failure(run_id, failure))


def _begin(run_id: int) -> bool:
    """Count an attempt, and move a Pending job to Processing. Return False if there is nothing left to do.

    Raises HandedBack if the source system is paused. Gives the job up if the source system is inactive.
    """
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.record.has_ended:
            return False
        _wait_while_paused(run)
        if run.job and not run.job.source_system.active:
            key = run.job.source_system.key
            _give_up(run, f"The source system {key} is inactive. Activate it, then resume the job.")
            return False
        if run.attempts >= MAX_ATTEMPTS:  # a worker was killed each time
            _give_up(run, f"The worker ended {run.attempts} times while it processed the same items.")
            return False
        run.attempts += 1
        if run.started_at is None:
            run.started_at, run.items_before_start = timezone.now(), run.record.recorded_items
        run.save()
        if run.record.status == JobRecord.Status.PENDING:
            records.start_job(run.record)
    return True


def _process_part(run_id: int, reader: PartReader, rehearsed: RepeatedTargets) -> bool:
    """Process the next part in one transaction. Return whether another one is left.

    `reader` and `rehearsed` must be the same objects for all parts. The latter is for the parts of a rehearsal.
    """

    def attempt(_is_retry: bool) -> tuple[JobRecord | None, list[ImportItem], bool]:
        """Process the part once. Returns the job, None if it has ended; the part's items; whether parts are left."""
        with translate_lost_races(), transaction.atomic():
            run = _locked(run_id)
            if run is None or run.record.has_ended:
                return None, [], False
            _wait_while_paused(run)
            part = reader.take(run.documents, run.next_part)
            is_last = part.part.first_position + part.part.count == run.documents.count
            items = _record_part(run, part, reader, rehearsed, is_last=is_last)
            if is_last:
                submission.discard_documents(run.record)
            else:
                run.next_part, run.attempts, run.last_error = run.next_part + 1, 0, ""
                run.save(update_fields=["next_part", "attempts", "last_error"])
            return run.record, items, not is_last

    job, items, is_left = retry_conflicts(attempt, wait_seconds=settings.BATCH_WAIT_SECONDS)
    if isinstance(job, ImportJob):
        metrics.count_after_commit(job.source_system.key, items)
    return is_left


def _record_part(
    run: BackgroundRun, part: ReadPart, reader: PartReader, rehearsed: RepeatedTargets, *, is_last: bool
) -> list[ImportItem]:
    """Import or rehearse the documents of a part, record its items and return them. `reader` reads the next part."""
    job = run.record
    if isinstance(job, Rehearsal):
        items = rehearsed.rehearse(part, run.documents, job.source_system)
        records.record_chunk(job, [records.as_rehearsed(item) for item in items], is_last=is_last)
    else:
        identities = {target_documents.identity(one.document) for one in part.sent}
        working_set.lock_external_ids(job.source_system, identities)
        read_next = partial(reader.read_ahead, run.documents, part.part.number + 1)
        items = chunks.import_chunk(part.sent, job.source_system, (), part.read, read_next)
        records.record_chunk(job, items, is_last=is_last)
    return items


def _wait_while_paused(run: BackgroundRun) -> None:
    """Raise HandedBack if an administrator paused the source system of an import job. A rehearsal does not wait."""
    if run.job and run.job.source_system.paused_at:
        raise HandedBack(PAUSED_SECONDS)


def _forget_attempt(run_id: int) -> None:
    """Do not count the last attempt of a run, because its worker left it without a failure.

    Does nothing if the database cannot be reached.
    """
    with suppress(Error):
        BackgroundRun.objects.filter(pk=run_id, attempts__gt=0).update(attempts=F("attempts") - 1)


def _note_failure(run_id: int, error: Exception) -> bool:
    """Note a failed attempt for staff. Raise Unfinished, or give the job up after MAX_ATTEMPTS and return False."""
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.record.has_ended:
            return False
        run.attempts = max(run.attempts, 1)  # 0 if the worker has recorded a part before
        run.last_error = type(error).__name__
        run.save(update_fields=["attempts", "last_error"])
        if run.attempts >= MAX_ATTEMPTS:
            _give_up(run, f"The same items failed {run.attempts} times ({run.last_error}).")
            return False
    raise Unfinished(PAUSES[run.attempts - 1]) from error


def _give_up(run: BackgroundRun, reason: str) -> None:
    """End a job as Failed with a reason. Its documents stay, so that it can be resumed."""
    records.fail_job(run.record, reason=reason)
    log.error("background_job_given_up", job=run.record.pk, reason=reason)


def _locked(run_id: int) -> BackgroundRun | None:
    """Return a run with its job and source system, locked until the transaction ends, or None if it was deleted."""
    runs = BackgroundRun.objects.select_for_update(of=("self",)).select_related(
        "documents", "job__source_system", "rehearsal__source_system"
    )
    return runs.defer("documents__repeated_ids").filter(pk=run_id).first()  # there may be very many
