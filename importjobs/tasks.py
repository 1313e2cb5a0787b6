"""The tasks of import jobs. procrastinate finds this module by its name, and its workers call the tasks."""

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from importjobs.background import processing, queue
from importjobs.background.outcomes import HandedBack, Unfinished
from importjobs.files import intake


class UntilEnded(BaseRetryStrategy):
    """Run a task again until its job has ended: at once if a worker handed it back, or after the pause that it asks."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when the task is run again, or None for an exception that nobody expected."""
        if isinstance(exception, HandedBack):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, Unfinished):
            return RetryDecision(retry_in={"seconds": int(exception.seconds)})
        return None


@app.task(name=queue.TASK, queue=queue.QUEUE, pass_context=True, retry=UntilEnded())
def process_import(context: JobContext, *, run_id: int) -> None:
    """Process an import job or a rehearsal until it has ended."""
    processing.process(run_id, should_stop=context.should_abort)


@app.task(name=queue.READ_FILE, queue=queue.QUEUE, retry=RetryStrategy(max_attempts=6, exponential_wait=4))
def read_file(*, file_import_id: int, then: str) -> None:
    """Read a file into documents, then submit its rehearsal or its import job."""
    intake.read(file_import_id, then)
