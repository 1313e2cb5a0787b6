"""Compare what is stored before and after a request, and undo the request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, transaction

from inbound.models import RateWindow

# What a request may write although it is refused, and what no request writes.
_NOT_COMPARED = {AccessAttempt, AccessFailureLog, AccessLog, Session, RateWindow, ContentType, Permission}


@contextmanager
def undone() -> Iterator[None]:
    """Undo what the database did inside of the block."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def stored() -> list[Any]:
    """Return a fingerprint of each table, so that two of them are equal if nothing was changed in between.

    Not compared are sessions, counters of rate limits and of failed logins, and when a token was used last.
    """
    models = [model for model in apps.get_models(include_auto_created=True) if model not in _NOT_COMPARED]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(_fingerprint(model._meta.db_table) for model in models))
        return sorted(cursor.fetchall())


def _fingerprint(table: str) -> str:
    row = "to_jsonb(row) - 'last_used_at' - 'last_login'"
    return f"""SELECT '{table}', md5(string_agg(({row})::text, ' ' ORDER BY ({row})::text)) FROM "{table}" AS row"""
