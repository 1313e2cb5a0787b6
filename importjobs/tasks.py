"""The tasks of import jobs. procrastinate finds this module by its name, and its workers call the tasks."""

from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from importjobs.background import processing, queue
from importjobs.background.outcomes import HandedBack, Unfinished

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
