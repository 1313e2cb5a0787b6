"""Fill a database with millions of rows, as after years of use, without the product's code."""

import time
from typing import Any

from tests.benchmarks import payloads, sql
from tests.benchmarks.databases import Database, literals

ITEMS_OF_A_JOB = 5
_TARGET = {
    "external_id": "'DEL-2026-' || lpad(n::text, 9, '0')",
    "title": "'Delivery to customer ' || n % 50000",
    "customer_name": "'Customer ' || n % 50000",
    "street": "'Street ' || n % 9000",
    "postal_code": "lpad((n % 99999)::text, 5, '0')",
    "city": "'City ' || n % 2000",
    "route_date": "date '2026-01-01' + n % 700",
    "created_at": "now() - ({targets} - n) * interval '1 second'",
    "updated_at": "now() - ({targets} - n) * interval '1 second'",
}
_JOB = {
    "id": "n",
    "correlation_id": "'run-' || n",
    "total_items": str(ITEMS_OF_A_JOB),
    "created_items": str(ITEMS_OF_A_JOB),
    "created_at": "now() - ({jobs} - n) * interval '1 second'",
    "finished_at": "now() - ({jobs} - n) * interval '1 second'",
}
_ITEM = {
    "job_id": f"n / {ITEMS_OF_A_JOB} + 1",
    "position": f"n % {ITEMS_OF_A_JOB} + 100",  # the first row, from which all are copied, is 0
    "external_id": "'DEL-2026-' || lpad((n % {targets} + 1)::text, 9, '0')",
    "target_id": "one.target_id + n % {targets} + 1",
}


def fill(database: Database, targets: int, items: int) -> None:
    """Replace all targets, jobs and items of a database by so many copies of one import."""
    started = time.monotonic()
    with database.connect() as connection:
        # Skip the checks of foreign keys: they would take longer than the writes, and all references are correct.
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET maintenance_work_mem = '1GB'")
        connection.execute(sql.EMPTY)
        indexes = _drop_indexes(connection)
        connection.execute(sql.single(literals(connection, payloads.external_id(0))))
        numbers = {"targets": targets, "jobs": max(targets, items // ITEMS_OF_A_JOB)}
        _insert_copies(connection, "targets_target", _TARGET, numbers, targets, 1)
        _insert_copies(connection, "importjobs_importjob", _JOB, numbers, numbers["jobs"], 2)
        _insert_copies(connection, "importjobs_importitem", _ITEM, numbers, items - 1, 0)
        connection.execute(
            "SELECT setval(pg_get_serial_sequence('importjobs_importjob', 'id'), max(id)) FROM importjobs_importjob"
        )
        for index in indexes:
            connection.execute(index)
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    database.keys, database.is_large = targets, True
    print(f"Filled with {targets:,} targets and {items:,} items in {time.monotonic() - started:.0f} s.", flush=True)


def _insert_copies(
    connection: Any, table: str, changed: dict[str, str], numbers: dict[str, int], last: int, first: int
) -> None:
    made = {column: expression.format(**numbers) for column, expression in changed.items()}
    connection.execute(sql.copies(connection, table, made, last, first))


def _drop_indexes(connection: Any) -> list[str]:
    """Drop all indexes that no constraint needs, and return the statements that create them again."""
    found = connection.execute(sql.SECONDARY_INDEXES).fetchall()
    for name, _definition in found:
        connection.execute(f'DROP INDEX "{name}"')
    return [definition for _name, definition in found]
