"""System checks of the database sessions and of MAP_TILES_URL.

`manage.py migrate` and the server run them, and stop on an error.
"""

from collections.abc import Collection
from typing import Any, NamedTuple

import psycopg
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register  # noqa: A004  Django's own name
from django.core.management.base import CommandError
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models.signals import pre_migrate
from django.dispatch import receiver

from ordinavo.common.map_tiles import tile_origin
from ordinavo.common.sql import new_connection

# set_config changes a setting until the end of the statement only, and returns the value as PostgreSQL writes it: 60s
# becomes 1min. Poolers that support prepared statements give them names of their own. psycopg's begin with _pg3_.
_SESSION = r"""
SELECT
    array_agg(name || '=' || wanted) FILTER (WHERE in_force IS DISTINCT FROM set_config(name, wanted, true)),
    EXISTS (SELECT FROM pg_prepared_statements WHERE name LIKE '\_pg3\_%%')
FROM (
    SELECT name, wanted, current_setting(name, true) AS in_force
    FROM unnest(%(names)s::text[], %(values)s::text[]) AS setting (name, wanted)
    OFFSET 0
) AS setting
"""


class _Session(NamedTuple):
    """What a new database session reports about itself."""

    missing: list[str] | None
    """The settings that are not in force, as name=value, or None if all are."""
    keeps_statement_names: bool
    """Whether PostgreSQL knows a prepared statement by the name that psycopg gave it."""


@register(Tags.database)
def database_session_is_as_required(databases: Collection[str] | None = None, **kwargs: Any) -> list[CheckMessage]:
    """Return at most one error or warning about the sessions of the database.

    The errors: DATABASE_POOLER is unset behind a pooler, or is session behind one in transaction mode;
    PREPARED_STATEMENTS is true and the pooler does not support them; or a session lacks SESSION_SETTINGS. If the
    database cannot be reached, returns a warning only: the server starts nevertheless, and answers 503 until it can.
    Without the default database among `databases`, checks nothing. Opens a connection of its own. Raises psycopg.Error
    if the database fails otherwise.
    """
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    try:
        with _new_session() as session:
            return _errors(session)
    except psycopg.errors.DuplicatePreparedStatement:
        return [_PREPARED_STATEMENTS]
    except psycopg.OperationalError as error:
        if "unsupported startup parameter" in str(error):
            return [_POOLER]
        return [Warning("The database cannot be reached, so its sessions were not checked.", id="ordinavo.W001")]


@register()
def map_tiles_can_be_used(**kwargs: Any) -> list[CheckMessage]:
    """Return an error if MAP_TILES_URL is set, and is not the address of map tiles."""
    try:
        tile_origin(settings.MAP_TILES_URL)
    except ValueError as error:
        hint = "It begins with http:// or https:// and has {z}, {x} and {y}. Leave it empty for a plain background."
        return [Error(str(error), hint=hint, id="ordinavo.E005")]
    return []


@receiver(pre_migrate)
def refuse_to_migrate_in_transaction_mode(using: str, **kwargs: Any) -> None:
    """Raise CommandError if `manage.py migrate` goes through a pooler in transaction mode.

    Migrations that build an index change the time limits of their session. The pooler would apply that to others.
    """
    if settings.DATABASE_POOLER != "transaction":
        return
    connections[using].ensure_connection()
    if _is_pooled(connections[using].connection):
        raise CommandError(
            "Migrate over a direct connection to PostgreSQL. A pooler in transaction mode is in between."
        )


def _new_session() -> "psycopg.Connection[Any]":
    """Return a new connection that can prepare statements, as Django's own cursor cannot.

    Raises psycopg.OperationalError.
    """
    return new_connection(autocommit=True, cursor_factory=psycopg.Cursor)


def _is_pooled(session: "psycopg.Connection[Any]") -> bool:
    """Return whether the session goes through a pooler. Poolers invent the process id that they tell their clients."""
    return _server_process(session) != session.info.backend_pid


def _server_process(session: "psycopg.Connection[Any]") -> int:
    """Return the id of the PostgreSQL process that serves a session now. A pooler may change it."""
    [row] = session.execute("SELECT pg_backend_pid()").fetchall()
    return int(row[0])


def _errors(session: "psycopg.Connection[Any]") -> list[CheckMessage]:
    """Return the error of a session in a list, or an empty list. Raises psycopg.Error if the database fails."""
    parameters = {"names": list(settings.SESSION_SETTINGS), "values": list(settings.SESSION_SETTINGS.values())}
    [row] = session.execute(_SESSION, parameters, prepare=settings.PREPARED_STATEMENTS).fetchall()
    found = _Session(*row)
    if _is_pooled(session):
        if not settings.DATABASE_POOLER:
            return [_POOLER]
        # Without the setting, statements of that name are leftovers of earlier clients.
        is_prepared = settings.PREPARED_STATEMENTS and found.keeps_statement_names
        if settings.DATABASE_POOLER == "transaction" and is_prepared:
            return [_PREPARED_STATEMENTS]
        if settings.DATABASE_POOLER == "session" and _is_shared(session):
            return [_MODE]
    return [_missing(found.missing)] if found.missing else []


def _is_shared(session: "psycopg.Connection[Any]") -> bool:
    """Open a second session, and return whether it gets the same PostgreSQL process, as in transaction mode.

    False proves nothing: the pooler may have chosen another process. Raises psycopg.OperationalError.
    """
    with _new_session() as other:
        return _server_process(other) == _server_process(session)


_STORE = "Run 'manage.py configure_database' over a direct connection to PostgreSQL"
_POOLER = Error(
    "A connection pooler is between this service and PostgreSQL, but DATABASE_POOLER is not set.",
    hint=f"Set DATABASE_POOLER to the pooler's mode, session or transaction. {_STORE}.",
    id="ordinavo.E001",
)
_MODE = Error(
    "The connection pooler works in transaction mode, but DATABASE_POOLER is session.",
    hint=f"Set DATABASE_POOLER=transaction. {_STORE}.",
    id="ordinavo.E002",
)
_PREPARED_STATEMENTS = Error(
    "The connection pooler does not support prepared statements in transaction mode.",
    hint="Use PgBouncer 1.22 or newer with max_prepared_statements above 0, or set PREPARED_STATEMENTS=false. "
    "Then RECONNECT in the console of the pooler.",
    id="ordinavo.E003",
)


def _missing(missing: list[str]) -> Error:
    """Return the error for settings, as name=value, that sessions of the database lack. `missing` is not empty."""
    return Error(
        f"Sessions of the database lack {', '.join(missing)}.",
        hint=f"{_STORE}, then RECONNECT in the console of the pooler.",
        id="ordinavo.E004",
    )
