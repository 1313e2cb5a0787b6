"""Compare what workers have recorded with a synchronous import of the same rows into another source system."""

from typing import Any

from tests.faults.cluster import Cluster

# Values in messages are without quotes, because a CSV file sends text where JSON sends numbers.
_ITEMS = """
    SELECT row_number() OVER (ORDER BY job_id, position), external_id, item.status, error_code,
        replace(errors::text, '\\"', ''), item.warnings::text, changes::text
    FROM importjobs_importitem item JOIN importjobs_importjob job ON job.id = job_id
        JOIN targets_sourcesystem system ON system.id = job.source_system_id
    WHERE key = %(key)s
"""
_TARGETS = """
    SELECT external_id, target.status, title, description, estimated_work_minutes, source_version, cancellation_note
    FROM targets_target target JOIN targets_sourcesystem system ON system.id = source_system_id WHERE key = %(key)s
"""
_OF_JOBS = {
    "jobs whose positions are not each recorded once": """
        SELECT job.id, total_items, count(item.id), count(DISTINCT position), max(position)
        FROM importjobs_importjob job LEFT JOIN importjobs_importitem item ON job_id = job.id GROUP BY job.id
        HAVING count(item.id) <> total_items OR count(DISTINCT position) <> total_items
            OR max(position) <> total_items - 1
    """,
    "jobs whose counters are not those of their items": """
        SELECT job.id FROM importjobs_importjob job LEFT JOIN importjobs_importitem item ON job_id = job.id
        GROUP BY job.id
        HAVING created_items <> count(*) FILTER (WHERE item.status = 'Created')
            OR updated_items <> count(*) FILTER (WHERE item.status = 'Updated')
            OR cancelled_items <> count(*) FILTER (WHERE item.status = 'Cancelled')
            OR skipped_items <> count(*) FILTER (WHERE item.status = 'Skipped')
            OR rejected_items <> count(*) FILTER (WHERE item.status = 'Rejected')
            OR warning_items <> count(*) FILTER (WHERE item.warnings::text <> '[]')
    """,
    "jobs that began before an earlier one of their source system had ended": """
        WITH span AS (
            SELECT job.id, source_system_id, min(item.id) AS first, max(item.id) AS last
            FROM importjobs_importjob job JOIN importjobs_importitem item ON job_id = job.id GROUP BY job.id
        )
        SELECT later.id, earlier.id FROM span earlier JOIN span later USING (source_system_id)
        WHERE earlier.id < later.id AND earlier.last > later.first
    """,
    "jobs that did not end as they should": """
        SELECT id, status, failure FROM importjobs_importjob
        WHERE failure <> '' OR status NOT IN ('Completed', 'PartiallyFailed')
    """,
    "files that could not be read": """
        SELECT id, failure FROM importjobs_fileimport WHERE failure <> '' OR job_id IS NULL
    """,
    "runs, documents or tasks that are left": """
        SELECT 'run', id FROM importjobs_backgroundrun UNION ALL
        SELECT 'task', id FROM procrastinate_jobs
        WHERE task_name IN ('process_import', 'read_file') AND status IN ('todo', 'doing')
    """,
}


def problems(cluster: Cluster, pairs: dict[str, str], rows: int) -> list[str]:
    """Return what is wrong, a line each. `pairs` gives the source system of the synchronous import for each other."""
    found = []
    with cluster.connect() as connection:
        for title, sql in _OF_JOBS.items():
            found += [f"{title}: {row}" for row in connection.execute(sql).fetchall()[:20]]
        for key, synchronous in pairs.items():
            for what, sql in (("items", _ITEMS), ("targets", _TARGETS)):
                ours = _rows(connection, sql, key)
                theirs = _rows(connection, sql, synchronous)
                print(f"{key}: {len(ours):,} {what}, {len(theirs):,} by the synchronous import", flush=True)
                if what == "items" and len(ours) != rows:
                    found.append(f"{key} has {len(ours)} items of {rows} rows")
                found += [f"{what} of {key} only in one: {row}" for row in sorted(ours ^ theirs, key=str)[:20]]
    return found


def _rows(connection: Any, sql: str, key: str) -> set[tuple[Any, ...]]:
    """Return the rows of a source system. Each row is a different one."""
    return set(connection.execute(sql, {"key": key}).fetchall())
