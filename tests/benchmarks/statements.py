"""Print the cost of each SQL statement by pg_stat_statements, and log samples of plans by auto_explain.

Both are contrib modules that the wheel of PostgreSQL lacks, so `--statements` names an installation that has them.
"""

from typing import Any

from tests.benchmarks.databases import Database

SETTINGS = {
    "shared_preload_libraries": "pg_stat_statements,auto_explain",
    "pg_stat_statements.track": "all",
    "auto_explain.log_min_duration": "0",
    "auto_explain.sample_rate": "0.001",
    "auto_explain.log_analyze": "on",
    "auto_explain.log_buffers": "on",
    "auto_explain.log_wal": "on",
    "auto_explain.log_nested_statements": "on",
}
_TOP = """
SELECT regexp_replace(query, '\\s+', ' ', 'g'), calls, total_exec_time * 1000 / calls, shared_blks_hit::float / calls,
    shared_blks_read::float / calls, wal_records::float / calls, wal_bytes / calls
FROM pg_stat_statements
WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database()) AND toplevel
ORDER BY total_exec_time DESC LIMIT 6
"""


def reset(database: Database) -> None:
    """Start a new measurement of the statements of a database."""
    with database.connect() as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        connection.execute("SELECT pg_stat_statements_reset()")


def show(database: Database, heading: str) -> None:
    """Print the six statements that took the most time since `reset`."""
    with database.connect() as connection:
        rows: list[Any] = connection.execute(_TOP).fetchall()
    print(f"    {heading}: {'calls':>9}{'us':>8}{'hit':>7}{'read':>6}{'WAL':>6}{'bytes':>8}", flush=True)
    for query, calls, microseconds, hit, read, records, size in rows:
        print(
            f"    {calls:>{len(heading) + 11},}{microseconds:>8.0f}{hit:>7.1f}{read:>6.1f}{records:>6.1f}{size:>8,.0f}"
            f"  {query[:90]}",
            flush=True,
        )
