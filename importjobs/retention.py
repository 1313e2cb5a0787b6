"""Delete old import jobs and their items in small steps. Each step is a transaction of its own and locks few rows."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from importjobs.models import ImportJob
from importjobs.replays import unhandled
from ordinavo.common.sql import execute
from targets.races import COMMAND_WAIT_SECONDS, retry_conflicts, translate_lost_races

AT_ONCE = 5_000
"""Items that one step deletes at most. A job that has more is one step."""


class Pruned(NamedTuple):
    """How much one step deleted."""

    jobs: int
    items: int


def prune(*, before: datetime, unhandled_too: bool = False) -> Iterator[Pruned]:
    """Delete the ended jobs that were received before a moment, with their items. Yield what each step deleted.

    Pending and Processing jobs stay. So does a job with a rejected item that nobody has replayed or dismissed, unless
    `unhandled_too` is true. Each step is deleted only when the iterator is advanced. Yields nothing if there is no job
    to delete. Raises OperationalError if staff keep replaying items of a step while it is deleted. No other exception
    is caught. After any exception the steps before it stay deleted.
    """
    jobs = ImportJob.objects.filter(created_at__lt=before, finished_at__isnull=False).order_by("created_at", "id")
    if not unhandled_too:
        jobs = jobs.exclude(Exists(unhandled().filter(job=OuterRef("pk"))))
    last: ImportJob | None = None
    while step := _step(jobs if last is None else jobs.filter(_after(last))):
        last = step[-1]
        yield _delete([job.pk for job in step])


def _step(jobs: QuerySet[ImportJob]) -> list[ImportJob]:
    """Return the first of these jobs that have at most AT_ONCE items together, or only the first job if it has more.

    Returns at most AT_ONCE jobs, and an empty list if there are none. Nothing is deleted.
    """
    step: list[ImportJob] = []
    items = 0
    for job in jobs.only("created_at", "total_items")[:AT_ONCE]:
        items += job.total_items
        if step and items > AT_ONCE:
            break
        step.append(job)
    return step


def _after(job: ImportJob) -> Q:
    """Return the filter condition for the jobs that come after this one in the order of created_at and id."""
    # The first condition is implied by the second. It lets PostgreSQL use the index on created_at.
    return Q(created_at__gte=job.created_at) & (Q(created_at__gt=job.created_at) | Q(pk__gt=job.pk))


_DELETE = """
WITH replay AS (
    UPDATE importjobs_importitem SET replay_of_id = NULL
    WHERE replay_of_id IN (SELECT id FROM importjobs_importitem WHERE job_id = ANY(%(jobs)s))
    AND job_id <> ALL(%(jobs)s)
), attempt AS (
    DELETE FROM importjobs_replayattempt
    WHERE item_id IN (SELECT id FROM importjobs_importitem WHERE job_id = ANY(%(jobs)s))
), item AS (
    DELETE FROM importjobs_importitem WHERE job_id = ANY(%(jobs)s) RETURNING id
), job AS (
    DELETE FROM importjobs_importjob WHERE id = ANY(%(jobs)s) RETURNING id
)
SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM item)
"""


def _delete(jobs: list[int]) -> Pruned:
    """Delete the jobs with these ids and all their items in one statement, and return how many of each.

    Items of other jobs that replay a deleted item stay, with `replay_of` set to NULL. Raises OperationalError if staff
    keep replaying the items meanwhile, or the database fails; then nothing is deleted. Django's own deletion would read
    each item, with its payload.
    """

    def attempt(_is_retry: bool) -> Pruned:
        """Run the statement once. Raises LostRace if a replay of one of the items was recorded meanwhile."""
        with translate_lost_races():  # staff may replay an item meanwhile, so that a new item refers to it
            [(deleted, items)] = execute(_DELETE, {"jobs": jobs})
        return Pruned(deleted, items)

    return retry_conflicts(attempt, wait_seconds=COMMAND_WAIT_SECONDS)
