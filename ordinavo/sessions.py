"""The sessions of staff: Django's, in the database."""

import structlog
from django.contrib.sessions.backends import db
from django.contrib.sessions.backends.base import UpdateError
from django.db import InterfaceError, OperationalError

log = structlog.get_logger(__name__)


class SessionStore(db.SessionStore):
    """A session in the database. It does not fail a page that has already done its work."""

    def save(self, must_create: bool = False) -> None:
        """Save the session. If the database fails meanwhile, leave an existing session as it is stored.

        Each page saves its session at its end, which mostly only prolongs it. Django would answer the page with an
        error, although what staff did there has been committed. The page's own changes of the session are lost then,
        such as a message for the next page; a warning is logged. A new session must be stored: raises what Django
        raises. Raises UpdateError if an existing session was deleted meanwhile.
        """
        is_new = must_create or self.session_key is None
        try:
            super().save(must_create)
        except (UpdateError, InterfaceError) as error:  # Django turns no InterfaceError into an UpdateError
            cause = error if isinstance(error, InterfaceError) else error.__context__
            if is_new or not isinstance(cause, OperationalError | InterfaceError):
                raise
            log.warning("session_not_saved", exc_info=cause)
