"""The command `manage.py jobs`."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from importjobs import records
from importjobs.background import submission
from importjobs.models import BackgroundRun, ImportJob, JobRecord, Rehearsal
from ordinavo.common import task_queue

HEADINGS = ("ID", "Kind", "Source system", "State", "Items", "Age", "Last error")


class Command(BaseCommand):
    """List, resume and abort the jobs that workers process in the background."""

    help = "List the background jobs that wait, run or were given up. Resume or abort one of them by its id."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the subcommands `resume` and `abort`, each with an id. Without one, the jobs are listed."""
        actions = parser.add_subparsers(dest="action", metavar="ACTION")
        for name, text in (
            ("resume", "let a worker go on with a job that was given up"),
            ("abort", "cancel a job that has not ended; what was done stays"),
        ):
            action = actions.add_parser(name, help=text)
            action.add_argument("id", type=int, help="the id of the import job or rehearsal")

    def handle(self, *args: Any, **options: Any) -> None:
        """List the jobs, or resume or abort one. Raises CommandError if there is no such job or it cannot be done."""
        if options["action"] is None:
            self._list()
            return
        job = _job(options["id"])
        try:
            if options["action"] == "resume":
                submission.resume(job)
            else:
                submission.abort(job)
        except records.JobChanged as error:
            raise CommandError(_refusal(job, options["action"])) from error
        self.stdout.write(f"{job} was {'resumed' if options['action'] == 'resume' else 'aborted'}.".capitalize())

    def _list(self) -> None:
        """Print a table of the jobs, oldest first, and how many workers there are."""
        runs = BackgroundRun.objects.select_related("job__source_system", "rehearsal__source_system").order_by("pk")
        rows = [HEADINGS, *(_row(run) for run in runs)]
        widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
        if len(rows) > 1:
            for row in rows:
                cells = (text.ljust(width) for text, width in zip(row, widths, strict=True))
                self.stdout.write("  ".join(cells).rstrip())
        else:
            self.stdout.write("No job waits, runs or was given up.")
        self.stdout.write(_workers())


def _job(pk: int) -> JobRecord:
    """Return the import job or rehearsal with an id. Raises CommandError if there is none."""
    job = ImportJob.objects.filter(pk=pk).first() or Rehearsal.objects.filter(pk=pk).first()
    if job is None:
        raise CommandError(f"There is no job {pk}. `manage.py jobs` lists the jobs in the background.")
    return job


def _refusal(job: JobRecord, action: str) -> str:
    """Return why a job can be neither resumed nor aborted in its state."""
    job.refresh_from_db()
    if action == "resume":
        return f"Job {job.pk} is {job.status} and was not given up. Only a job that was given up can be resumed."
    return f"Job {job.pk} is {job.status} and has ended. Only a job that has not ended can be aborted."


def _row(run: BackgroundRun) -> tuple[str, ...]:
    """Return the texts of a line of the table."""
    job = run.record
    error = job.failure or run.last_error
    minutes = int((timezone.now() - job.created_at).total_seconds() // 60)
    age = f"{minutes // 60} h {minutes % 60} min"
    kind = "rehearsal" if run.job is None else "import"
    items = f"{job.recorded_items} of {job.total_items}"
    return (str(job.pk), kind, job.source_system.key, _state(run), items, age, error)


def _state(run: BackgroundRun) -> str:
    """Return a word for the state of a job: given up, paused, waiting or running."""
    if run.record.has_ended:
        return "given up"
    if run.job and run.job.source_system.paused_at:
        return "source system is paused"
    if run.attempts and run.last_error:
        return f"waiting, {run.attempts} failed"
    return "running" if run.started_at else "waiting"


def _workers() -> str:
    """Return a sentence about the workers."""
    number = task_queue.alive_workers()
    if not number:
        return "No worker is running. Start one: python -m ordinavo.worker"
    return "1 worker is running." if number == 1 else f"{number} workers are running."
