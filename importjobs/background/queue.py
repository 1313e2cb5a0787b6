"""Put the work of a job into the queue of the workers."""

from procrastinate.contrib.django import app

from importjobs.models import BackgroundRun

TASK = "process_import"
QUEUE = "imports"


def enqueue(run: BackgroundRun) -> None:
    """Add the task that processes a run to the queue, in the caller's transaction.

    Import jobs of one source system are processed one after the other, in the order of this call. Rehearsals wait for
    nothing.
    """
    lock = f"imports of source system {run.job.source_system_id}" if run.job else None
    app.configure_task(TASK, queue=QUEUE, lock=lock).defer(run_id=run.pk)
