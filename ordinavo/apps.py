"""The configuration of the app `ordinavo`: admin site, templates, static files and translations."""

from typing import Any

import structlog
from django.apps import AppConfig
from django.core.signals import got_request_exception


class OrdinavoConfig(AppConfig):
    """The app that puts the others together."""

    name = "ordinavo"
    verbose_name = "Ordinavo Connect"

    def ready(self) -> None:
        """Log exceptions of pages, which Django answers with 500. `ordinavo.api.errors` logs those of the API."""
        got_request_exception.connect(_log_exception, dispatch_uid="ordinavo.log_exception")


def _log_exception(sender: Any, **kwargs: Any) -> None:
    """Log the exception that is being handled. The arguments, which Django passes, are unused."""
    structlog.get_logger("ordinavo.requests").error("unhandled_exception", exc_info=True)
