"""Report exceptions to Sentry, if SENTRY_DSN is set and the extra `sentry` is installed.

An event has the type of the exception, its traceback without values of variables, the name of the log line, the
correlation id and the version. It never has a payload, a token, a header, a message of an exception, or a person.
"""

import atexit
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from structlog.typing import EventDict, Processor, WrappedLogger

FLUSH_SECONDS = 2


def reporter(dsn: str, *, release: str) -> Processor:
    """Set up Sentry, and return the structlog processor that reports exceptions logged as error or above.

    A thread sends the events. At its end the process waits at most FLUSH_SECONDS for those that are not sent. Raises
    ImproperlyConfigured if sentry-sdk is not installed or the DSN is malformed.
    """
    try:
        import sentry_sdk  # noqa: PLC0415  optional
    except ImportError as error:
        raise ImproperlyConfigured(
            "SENTRY_DSN is set, but sentry-sdk is not installed. Install the extra `sentry` of pyproject.toml, "
            "or unset SENTRY_DSN."
        ) from error
    try:
        sentry_sdk.init(
            dsn,
            release=release,
            default_integrations=False,  # they would add requests, headers, log lines and command lines
            auto_enabling_integrations=False,
            send_default_pii=False,
            include_local_variables=False,
            max_request_body_size="never",
            max_breadcrumbs=0,
            before_send=_without_data,
        )
    except sentry_sdk.utils.BadDsn as error:
        raise ImproperlyConfigured("SENTRY_DSN is malformed. Copy it from the project's settings in Sentry.") from error
    atexit.register(sentry_sdk.flush, FLUSH_SECONDS)

    def report(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
        """Report `exc_info` of a log line, if it has one and its level is error or above, and return it unchanged."""
        if name in ("error", "exception", "critical") and event.get("exc_info"):
            with sentry_sdk.new_scope() as scope:
                scope.set_tag("event", str(event.get("event")))
                scope.set_tag("correlation_id", event.get("correlation_id", ""))
                failure = event["exc_info"]
                scope.capture_exception(None if failure is True else failure)
        return event

    return report


def _without_data(event: Any, hint: dict[str, Any]) -> Any:
    """Remove from an event the messages of its exceptions, which may quote database rows, and return the event.

    Also removes its request, user, extra data, breadcrumbs, log entry and server name.
    """
    for failure in event.get("exception", {}).get("values", []):
        failure["value"] = ""
    for key in ("request", "user", "extra", "breadcrumbs", "logentry", "server_name"):
        event.pop(key, None)
    return event
