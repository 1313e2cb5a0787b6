"""The configuration of the app `ordinavo`: admin site, templates, static files and translations."""

import sys
from typing import Any

import structlog
from django.apps import AppConfig
from django.core.signals import got_request_exception

log = structlog.get_logger(__name__)


class OrdinavoConfig(AppConfig):
    """The app that puts the others together. Registers its system checks when Django starts."""

    name = "ordinavo"
    verbose_name = "Ordinavo Connect"

    def ready(self) -> None:
        """Register the system checks and the models of the change log, and log exceptions of pages for staff.

        `ordinavo.api.errors` logs the other exceptions.
        """
        from ordinavo import change_log, checks  # noqa: F401, PLC0415

        change_log.register_models()

        got_request_exception.connect(_log_exception, dispatch_uid="ordinavo.log_exception")


def _log_exception(**kwargs: Any) -> None:
    """Log the exception that Django is about to answer with 500, with its traceback and without its message."""
    log.error("unhandled_exception", exc_info=sys.exc_info())
