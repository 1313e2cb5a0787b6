"""The tasks of import jobs. procrastinate finds this module by its name, and its workers call the tasks."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from importjobs.background import leftovers, processing, queue
from importjobs.background.outcomes import HandedBack, Unfinished
from importjobs.files import intake

SECONDS_AFTER_OUTAGE = 5
"""The pause after an exception that the processing could not note, because the database was away."""


class UntilEnded(BaseRetryStrategy):
    """Run a task again until its job has ended.

    At once if a worker handed it back, after the pause that it asks for, or after SECONDS_AFTER_OUTAGE. The processing
    itself counts the attempts and gives a job up.
    """

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Return when the task is run again."""
        if isinstance(exception, HandedBack):
            return RetryDecision(retry_in={"seconds": exception.seconds})
        if isinstance(exception, Unfinished):
            return RetryDecision(retry_in={"seconds": exception.seconds})
        return RetryDecision(retry_in={"seconds": SECONDS_AFTER_OUTAGE})


@app.task(name=queue.TASK, queue=queue.QUEUE, pass_context=True, retry=UntilEnded())
def process_import(context: JobContext, *, run_id: int) -> None:
    """Process an import job or a rehearsal until it has ended."""
    processing.process(run_id, should_stop=context.should_abort)


@app.task(name=queue.READ_FILE, queue=queue.QUEUE, pass_context=True, retry=UntilEnded())
def read_file(context: JobContext, *, file_import_id: int, then: str) -> None:
    """Read a file into documents, then submit its rehearsal or its import job."""
    intake.read(file_import_id, then, should_stop=context.should_abort)


@app.periodic(cron="17 * * * *")
@app.task(name="delete_leftovers", queue=queue.QUEUE)
def delete_leftovers(timestamp: int) -> None:
    """Delete old rehearsals, uploads and stored files that nothing needs. `timestamp` is not used."""
    leftovers.delete(before=timezone.now() - timedelta(days=settings.BACKGROUND_RETENTION_DAYS))
