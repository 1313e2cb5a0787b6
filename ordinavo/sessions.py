"""The sessions of staff: Django's, in the database."""

import structlog
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError

log = structlog.get_logger(__name__)


class SessionStore(db.SessionStore):
    """A session in the database. It does not fail a page that has already done its work."""

    def save(self, must_create: bool = False) -> None:
        """Save the session. If the connection is lost meanwhile, an existing session stays as it is stored.

        Each page saves its session at its end, which only prolongs it. Django would answer the page with 400, although
        what staff did there has been committed. Raises CreateError and UpdateError as Django does.
        """
        try:
            super().save(must_create)
        except UpdateError as error:
            if not isinstance(error.__context__, OperationalError | InterfaceError):
                raise
            log.warning("session_not_saved", exc_info=error.__context__)
