"""How far a job is that is processed in the background."""

from math import ceil

from django.utils import timezone

from importjobs.models import BackgroundRun, JobRecord, Rehearsal


def run_of(job: JobRecord) -> BackgroundRun | None:
    """Return the run of a job or a rehearsal, or None if it has none. Makes a query."""
    by = {"rehearsal": job.pk} if isinstance(job, Rehearsal) else {"job": job.pk}
    return BackgroundRun.objects.filter(**by).first()


def seconds_left(job: JobRecord) -> int | None:
    """Return an estimate of the seconds until a job has ended, or None while there is nothing to compute it from.

    The items left are divided by the speed since a worker began with the job. Makes a query.
    """
    run = run_of(job)
    if run is None or run.started_at is None:
        return None
    done = job.recorded_items - run.items_before_start
    passed = (timezone.now() - run.started_at).total_seconds()
    return ceil(passed / done * job.untried_items) if done > 0 else None
