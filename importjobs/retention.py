"""How old records leave: in small steps, each a transaction of its own that holds only the rows it deletes, and
those of their replays."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from django.db import IntegrityError
from django.db.models import Exists, OuterRef, Q, QuerySet

from importjobs.models import ImportJob
from importjobs.replays import unhandled
from ordinavo.common.sql import execute

AT_ONCE = 5_000
"""Items of one step; a job that has more leaves whole, with its items."""


class Pruned(NamedTuple):
    jobs: int
    items: int


def prune(*, before: datetime, unhandled_too: bool = False) -> Iterator[Pruned]:
    """Deletes the jobs received before a moment, with their items; yields what each step deleted.

    A job with rejected items that nobody has handled stays, unless it is asked for too."""
    jobs = ImportJob.objects.filter(created_at__lt=before).order_by("created_at", "id")
    if not unhandled_too:
        jobs = jobs.exclude(Exists(unhandled().filter(job=OuterRef("pk"))))
    last: ImportJob | None = None
    while step := _step(jobs if last is None else jobs.filter(_after(last))):
        last = step[-1]
        yield _delete([job.pk for job in step])


def _step(jobs: QuerySet[ImportJob]) -> list[ImportJob]:
    step: list[ImportJob] = []
    items = 0
    for job in jobs.only("created_at", "total_items")[:AT_ONCE]:
        items += job.total_items
        if step and items > AT_ONCE:
            break
        step.append(job)
    return step


def _after(job: ImportJob) -> Q:
    """What follows in the order; the first condition is for the index."""
    return Q(created_at__gte=job.created_at) & (Q(created_at__gt=job.created_at) | Q(pk__gt=job.pk))


_DELETE = """
WITH kept AS (
    UPDATE importjobs_importitem SET replay_of_id = NULL
    WHERE replay_of_id IN (SELECT id FROM importjobs_importitem WHERE job_id = ANY(%(jobs)s))
    AND job_id <> ALL(%(jobs)s)
), item AS (
    DELETE FROM importjobs_importitem WHERE job_id = ANY(%(jobs)s) RETURNING id
), job AS (
    DELETE FROM importjobs_importjob WHERE id = ANY(%(jobs)s) RETURNING id
)
SELECT (SELECT count(*) FROM job), (SELECT count(*) FROM item)
"""


_ATTEMPTS = 5


def _delete(jobs: list[int]) -> Pruned:
    """In one statement, as Django's own deletion would read each item with its payload first."""
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            [(deleted, items)] = execute(_DELETE, {"jobs": jobs})
            break
        except IntegrityError:  # staff have replayed one of the items meanwhile, and the new one refers to it
            if attempt == _ATTEMPTS:
                raise
    return Pruned(deleted, items)
