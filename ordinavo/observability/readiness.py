"""Find out whether this process can serve requests: the database answers, and all migrations are applied.

The check uses a connection of its own and not the pool. So a busy pool does not make the process look dead: other
processes are as busy, and would only get more to do. A busy pool shows in the metrics and in answers 503.
"""

import threading
import time
from concurrent.futures import Future

import psycopg
import structlog
from django.db.migrations.loader import MigrationLoader

from ordinavo.common.sql import new_connection

LIMIT_SECONDS = 2
"""A check that takes longer has failed."""
REUSE_SECONDS = 1
"""The result of a check answers all requests for this long, so that a flood of them opens few connections."""
DATABASE, MIGRATIONS = "database", "migrations"

log = structlog.get_logger(__name__)


class Readiness:
    """Runs at most one check at a time in this process, and shares its result among all who ask meanwhile."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._check: Future[str | None] | None = None
        self._started = 0.0
        self._is_migrated = False
        self._last_failed: str | None = None

    def failed_check(self) -> str | None:
        """Return None if the process can serve requests, else what failed: DATABASE or MIGRATIONS.

        Returns within LIMIT_SECONDS. Logs a warning when another check fails than before, and a line when all succeed
        again. Raises RuntimeError if no thread can be started for the check.
        """
        try:
            failed = self._running_or_recent().result(LIMIT_SECONDS)
        except TimeoutError:
            failed = DATABASE
        if failed != self._last_failed:
            log.warning("not_ready", check=failed) if failed else log.info("ready_again")
            self._last_failed = failed
        return failed

    def _running_or_recent(self) -> "Future[str | None]":
        """Return the check that is running or began at most REUSE_SECONDS ago, else start one and return it.

        Raises RuntimeError if its thread cannot be started. The next call then tries again.
        """
        with self._lock:
            now = time.monotonic()
            if self._check is None or (self._check.done() and now - self._started > REUSE_SECONDS):
                check: Future[str | None] = Future()
                threading.Thread(target=self._make, args=(check,), name="readiness", daemon=True).start()
                self._check, self._started = check, now
            return self._check

    def _make(self, check: "Future[str | None]") -> None:
        """Make a check, and set its result: None, MIGRATIONS, or DATABASE after any other exception."""
        try:
            check.set_result(self._find_failure())
        except psycopg.errors.UndefinedTable:
            check.set_result(MIGRATIONS)
        except Exception as error:
            log.debug("database_not_reached", exc_info=error)
            check.set_result(DATABASE)

    def _find_failure(self) -> str | None:
        """Query the database over a new connection. Return MIGRATIONS if an app's last migration is not applied.

        Otherwise returns None. Once all were found applied, they are not checked again. Raises psycopg.Error if the
        database cannot be reached, and psycopg.errors.UndefinedTable if it was never migrated.
        """
        with new_connection(connect_timeout=LIMIT_SECONDS) as connection:
            connection.execute(f"SET LOCAL statement_timeout = {LIMIT_SECONDS * 1_000}")
            if self._is_migrated:
                connection.execute("SELECT 1")
                return None
            applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
        self._is_migrated = applied >= set(MigrationLoader(None).graph.leaf_nodes())
        return None if self._is_migrated else MIGRATIONS
