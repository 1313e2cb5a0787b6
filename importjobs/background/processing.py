"""Process a job in the background, one part of its documents after the other. A worker calls this.

Each part is one transaction: its targets, items and counters, and the number of the next part. So a worker that is
killed loses at most the part that it was at, and another one goes on there. Two workers that process the same job by
mistake take turns at its parts, and record none of them twice.
"""

from collections.abc import Callable
from contextlib import suppress

import structlog
from django.conf import settings
from django.db import Error, transaction
from django.db.models import F
from django.utils import timezone

from importjobs import chunks, metrics, records
from importjobs.background import documents as stored_documents
from importjobs.background import submission
from importjobs.background.outages import survive_outages
from importjobs.background.outcomes import HandedBack, Paused, Unfinished
from importjobs.models import BackgroundRun, DocumentPart, ImportItem, ImportJob, JobRecord, Rehearsal
from targets import documents as target_documents
from targets import working_set
from targets.races import retry_conflicts, translate_lost_races

log = structlog.get_logger(__name__)

MAX_ATTEMPTS = 6
"""How often a worker tries the same part before it gives the job up."""
PAUSES = (1, 5, 30, 120, 300)
"""Seconds between these attempts."""
PAUSED_SECONDS = 30
"""After which a worker looks again whether a source system is still paused."""


def process(run_id: int, *, should_stop: Callable[[], bool]) -> None:
    """Process a job until it has ended. Does nothing if it has ended already, or was aborted or deleted.

    Waits while the database cannot be reached. Looks at `should_stop` after each part. Raises HandedBack if the worker
    is to stop, Paused if the source system is paused, and Unfinished if a part failed and is to be tried again later.
    After MAX_ATTEMPTS at one part, the job is Failed with a reason, and can be resumed.
    """

    def run(step: Callable[[int], bool]) -> bool:
        """Run one step, which is a transaction, and repeat it after an outage of the database."""
        return survive_outages(lambda: step(run_id), should_stop=should_stop)

    try:
        if not run(_begin):
            return
        while run(_process_part):
            if should_stop():
                raise HandedBack
            if not run(_may_go_on):
                return
    except HandedBack:
        _return_attempt(run_id)
        raise
    except Unfinished:
        raise
    except Exception as error:
        failure = error
        run(lambda run_id: _note_failure(run_id, failure))


def _begin(run_id: int) -> bool:
    """Count an attempt, and move a Pending job to Processing. Return False if there is nothing left to do.

    Raises Paused, and counts nothing, if the source system is paused.
    """
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or not _may_run(run):
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


def _may_go_on(run_id: int) -> bool:
    """Return False if there is nothing left to do. Raises Paused if the source system is paused."""
    with transaction.atomic():
        run = _locked(run_id)
        return run is not None and _may_run(run)


def _may_run(run: BackgroundRun) -> bool:
    """Return whether a job may be processed now. Give it up if its source system is inactive.

    Raises Paused if the source system is paused. A rehearsal changes no target, so neither applies to it.
    """
    system = run.record.source_system
    if run.record.has_ended:
        return False
    if run.job is None or (system.active and not system.paused_at):
        return True
    if system.active:
        raise Paused(PAUSED_SECONDS)
    _give_up(run, f"The source system {system.key} is inactive. Activate it, then resume the job.")
    return False


def _return_attempt(run_id: int) -> None:
    """Do not count the attempt of a worker that stops before it has recorded a part. Does nothing during an outage."""
    with suppress(Error):
        BackgroundRun.objects.filter(pk=run_id, attempts__gt=0).update(attempts=F("attempts") - 1)


def _process_part(run_id: int) -> bool:
    """Process the next part in one transaction. Return whether another one is left."""

    def attempt(_is_retry: bool) -> tuple[JobRecord | None, list[ImportItem], bool]:
        """Process the part once. Returns the job, None if it has ended; the part's items; whether parts are left."""
        with translate_lost_races(), transaction.atomic():
            run = _locked(run_id)
            if run is None or run.record.has_ended:
                return None, [], False
            part = DocumentPart.objects.get(documents=run.documents_id, number=run.next_part)
            is_last = part.first_position + part.count == run.documents.count
            items = _record_part(run, part, is_last=is_last)
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


def _record_part(run: BackgroundRun, part: DocumentPart, *, is_last: bool) -> list[ImportItem]:
    """Import or rehearse the documents of a part, record its items and return them."""
    job = run.record
    chunk = stored_documents.read_part(part, run.documents.defaults)
    if isinstance(job, Rehearsal):
        items = chunks.rehearse_chunk(chunk, job.source_system)
        records.record_chunk(job, [records.as_rehearsed(item) for item in items], is_last=is_last)
    else:
        identities = {target_documents.identity(one.document) for one in chunk}
        working_set.lock_external_ids(job.source_system, identities)
        items = chunks.import_chunk(chunk, job.source_system, ())
        records.record_chunk(job, items, is_last=is_last)
    return items


def _note_failure(run_id: int, error: Exception) -> bool:
    """Log a failed attempt and note it for staff. Raise Unfinished, or give the job up after MAX_ATTEMPTS.

    Returns False: nothing is left to do.
    """
    log.error("background_part_failed", run=run_id, exc_info=error)
    with transaction.atomic():
        run = _locked(run_id)
        if run is None or run.record.has_ended:
            return False
        run.attempts = max(run.attempts, 1)  # 0 if an earlier part succeeded
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
    return runs.filter(pk=run_id).first()
