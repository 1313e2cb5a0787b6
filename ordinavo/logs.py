"""Structured logging with structlog: JSON lines in production, readable text in development.

Logs contain no payload and no secret. A path is logged without its query, and an exception without its message, because
PostgreSQL's messages quote rows.
"""

import logging
import sys
import traceback
from typing import Any

import orjson
import structlog
from django.conf import settings
from structlog.typing import EventDict, Processor, WrappedLogger


def configuration(*, level: str, as_json: bool, report_exception: Processor | None = None) -> dict[str, Any]:
    """Configure structlog for this process, and return the value of Django's LOGGING.

    Lines from `level` on, such as "INFO", go to stderr, as JSON if `as_json`, else as text for people. django.request
    logs only from CRITICAL, django.security, django.server and uvicorn only from ERROR. `report_exception` is called
    with each line and may send its exception (`exc_info`) elsewhere.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        *([report_exception] if report_exception else []),
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _exception_without_data,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    renderer = structlog.processors.JSONRenderer(serializer=_dumps) if as_json else structlog.dev.ConsoleRenderer()
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        "foreign_pre_chain": shared,
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"structlog": formatter},
        "filters": {"refused": {"()": "ordinavo.logs.RefusedRequests"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structlog", "filters": ["refused"]}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django.request": {"level": "CRITICAL"},  # the middleware and ordinavo.api.errors log requests and failures
            "django.security": {"level": "ERROR"},
            "django.server": {"level": "ERROR"},
            "uvicorn": {"level": "ERROR"},
            "procrastinate": {"level": "CRITICAL"},  # ordinavo.worker logs what it does, and an outage once
            "psycopg.pool": {"level": "ERROR"},  # it warns of each attempt to connect
            "axes": {"level": "ERROR"},
        },
    }


class RefusedRequests(logging.Filter):
    """Log a request that Django refuses as suspicious, such as one for a foreign host, in one line at WARNING.

    Django logs it as an error with a traceback. Anybody can send such requests, and nobody has to act on them.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Return True. Change the record if it is one of the loggers below django.security."""
        if record.name.startswith("django.security."):
            record.levelno, record.levelname, record.exc_info = logging.WARNING, "WARNING", None
        return True


def request_logger() -> Any:
    """Return the logger for the line that the middleware logs for each request.

    With DEBUG it logs through the standard library, as all other loggers do. Otherwise it writes JSON to stderr
    directly: through the standard library, that line took a tenth of a request. The level is that of the time of this
    call.
    """
    name = "ordinavo.requests"
    if settings.DEBUG:
        return structlog.get_logger(name)
    return structlog.wrap_logger(
        structlog.BytesLogger(sys.stderr.buffer),
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(serializer=lambda event, **options: orjson.dumps(event, default=repr)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLogger(name).getEffectiveLevel()),
    ).bind(logger=name)


def _dumps(event: EventDict, **options: Any) -> str:
    """Return a log event as one line of JSON.

    orjson writes dates and times as ISO 8601, UUIDs as text, enums as their values, dataclasses as objects, and NaN and
    infinity as null. Any other value that JSON does not know is written as its repr. `options`, which structlog passes,
    are ignored. Raises TypeError for a key that is no text, an integer of more than 64 bits, or half of a surrogate
    pair.
    """
    return orjson.dumps(event, default=repr).decode()


def _exception_without_data(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Replace `exc_info` of the event by `exception`, the traceback and the type without the message; return the event.

    `exc_info` is an exception, a tuple as sys.exc_info returns it, or True for the exception that is being handled. If
    there is none, only `exc_info` is removed. structlog calls this with a logger and a method name, both unused.
    """
    exception = event.pop("exc_info", None)
    if exception is True:
        exception = sys.exc_info()
    if isinstance(exception, tuple):
        exception = exception[1]
    if isinstance(exception, BaseException):
        kind = type(exception)
        frames = "".join(traceback.format_tb(exception.__traceback__))
        event["exception"] = f"{frames}{kind.__module__}.{kind.__qualname__}"
    return event
