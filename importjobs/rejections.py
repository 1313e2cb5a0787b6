"""Group the findings of a job's items by their cause, so that staff read a few lines instead of a thousand items."""

from functools import cache
from typing import Any, NamedTuple

from importjobs.models import ImportItem, ItemRecord, JobRecord, Rehearsal, RehearsedItem
from ordinavo.common.sql import execute

MAX_GROUPED_ITEMS = 100_000
"""The first items with a finding that are grouped. Further ones are not read."""
MAX_CAUSES = 50
"""The largest number of causes that are returned, the most frequent ones."""
SHOWN_POSITIONS = 5


class Cause(NamedTuple):
    """The same finding in some items of a job."""

    code: str
    field: str
    """The dotted path of the field, or empty."""
    items: int
    """In how many items it is."""
    message: str
    """The message of the first of these items."""
    positions: list[int]
    """The positions of the first SHOWN_POSITIONS of these items, counted from 0, in ascending order."""


def rejection_causes(job: JobRecord) -> list[Cause]:
    """Return why items of a job or a rehearsal were rejected: its errors by code and field, the most frequent first.

    An item with several errors counts for each. Makes one query, or none if the counter of rejected items is 0.
    """
    return _causes(job, "errors") if job.rejected_items else []


def warning_causes(job: JobRecord) -> list[Cause]:
    """Return the warnings of the items of a job or a rehearsal by code and field, the most frequent first.

    Makes one query, or none if the counter of items with warnings is 0.
    """
    return _causes(job, "warnings") if job.warning_items else []


def _causes(job: JobRecord, column: str) -> list[Cause]:
    """Return the findings in a column of the items of a job, by code and field."""
    model: type[ItemRecord] = RehearsedItem if isinstance(job, Rehearsal) else ImportItem
    parameters: dict[str, Any] = {
        "job": job.pk,
        "items": MAX_GROUPED_ITEMS,
        "causes": MAX_CAUSES,
        "positions": SHOWN_POSITIONS,
    }
    return [Cause(*row) for row in execute(_causes_sql(model._meta.db_table, column), parameters)]


@cache
def _causes_sql(table: str, column: str) -> str:
    """Return SQL whose rows are the values of a Cause.

    The message is looked up in the first item of each cause, so that only positions are sorted.
    """
    return (
        f"WITH item AS MATERIALIZED (SELECT position, {column} AS findings FROM {table} "  # noqa: S608  names
        f"WHERE job_id = %(job)s AND {column} <> '[]' ORDER BY position LIMIT %(items)s), "
        "cause AS (SELECT finding->>'code' AS code, COALESCE(finding->>'field', '') AS field, "
        "count(DISTINCT position) AS number, array_agg(DISTINCT position) AS positions "
        "FROM item, jsonb_array_elements(item.findings) AS finding "
        "GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(causes)s) "
        "SELECT cause.code, cause.field, number, (SELECT finding->>'message' "
        f"FROM {table} AS first, jsonb_array_elements(first.{column}) AS finding "
        "WHERE first.job_id = %(job)s AND first.position = positions[1] AND finding->>'code' = cause.code "
        "AND COALESCE(finding->>'field', '') = cause.field LIMIT 1), positions[1:%(positions)s] "
        "FROM cause ORDER BY number DESC, code, field"
    )
