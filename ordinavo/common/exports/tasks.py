"""The tasks of exports. procrastinate finds this module by its name, and its workers call the tasks."""

from django.db import InterfaceError, OperationalError
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from ordinavo.common.exports import processing, submission

PAUSE_SECONDS = 5


class IfInterrupted(BaseRetryStrategy):
    """Run a task again if its worker stopped, at once, or if the database was away, after a pause."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when the task is run again, or None for an exception that nobody expected."""
        if isinstance(exception, processing.HandedBack):
            return RetryDecision(retry_in={"seconds": 0})
        if isinstance(exception, OperationalError | InterfaceError):
            return RetryDecision(retry_in={"seconds": PAUSE_SECONDS})
        return None


@app.task(name=submission.TASK, queue=submission.QUEUE, pass_context=True, retry=IfInterrupted())
def write_export(context: JobContext, *, export_id: int) -> None:
    """Write the file of an export."""
    processing.process(export_id, should_stop=context.should_abort)


@app.periodic(cron="17 * * * *")
@app.task(name="delete_expired_exports", queue=submission.QUEUE)
def delete_expired_exports(timestamp: int) -> None:
    """Delete old exports, every hour. `timestamp` is the time for which procrastinate planned the run."""
    submission.delete_expired()
