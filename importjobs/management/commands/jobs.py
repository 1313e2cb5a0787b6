"""The command `manage.py jobs`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from importjobs.background import overview, submission
from importjobs.models import ImportJob
from importjobs.records import JobChanged
from ordinavo.common import workers
from ordinavo.common.lock_waits import TargetLocked, TooManyWaiting


class Command(BaseCommand):
    """List, resume and abort import jobs in the background."""

    help = "List the import jobs in the background, resume one that was given up, or abort one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare what to do (`list` unless given) and the id of the job to resume or abort."""
        parser.add_argument("action", nargs="?", default="list", choices=["list", "resume", "abort"])
        parser.add_argument("id", nargs="?", type=int, help="the importJobId to resume or abort")

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it. Raises CommandError if the id is missing or unknown, or the job cannot be resumed or aborted."""
        if options["action"] == "list":
            self._list()
            return
        job = ImportJob.objects.filter(pk=options["id"]).first()
        if job is None:
            raise CommandError("Give the id of an import job, such as: jobs resume 184. `jobs` lists them.")
        try:
            (submission.resume if options["action"] == "resume" else submission.abort)(job)
        except JobChanged as error:
            raise CommandError(_REFUSED[options["action"]].format(job.pk)) from error
        except (TargetLocked, TooManyWaiting) as error:
            text = (
                f"Import job {job.pk} was not {_DONE[options['action']]}, because a worker is busy with it. Try again."
            )
            raise CommandError(text) from error
        self.stdout.write(f"Import job {job.pk} was {_DONE[options['action']]}.")

    def _list(self) -> None:
        """Write a line for each job that has not ended or was given up, and whether a worker is alive."""
        jobs = [*overview.given_up_jobs().select_related("source_system", "run")]
        jobs += overview.unfinished_jobs().select_related("source_system", "run")
        for job in jobs:
            minutes = (timezone.now() - job.created_at).total_seconds() / 60
            progress = f"{job.recorded_items:,} of {job.total_items:,} items, received {minutes:,.0f} minutes ago"
            columns = [str(job.pk), job.source_system.key, job.status, progress, _remark(job)]
            self.stdout.write("  ".join(filter(None, columns)))
        if not jobs:
            self.stdout.write("No import job is waiting, running or given up.")
        if others := overview.other_tasks():
            self.stdout.write(f"In the queue: {others:,} checks of files, exports and other tasks.")
        if not workers.has_worker():
            self.stdout.write("No worker is running. Start one: python -m ordinavo.worker")


def _remark(job: ImportJob) -> str:
    """Return that a job waits because its source system is paused, else why it was given up, else its last error.

    Empty if there is none of them, as for a job that waits for a worker.
    """
    if not job.has_ended and job.source_system.paused_at:
        return "waits: its source system is paused"
    return job.failure or job.run.last_error


_DONE = {"resume": "resumed", "abort": "aborted"}
_REFUSED = {
    "resume": "Import job {} cannot be resumed: it was not given up, or it was resumed already.",
    "abort": "Import job {} cannot be aborted: it has ended.",
}
