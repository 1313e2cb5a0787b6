"""The start of a worker process: sets up Django, and makes the application that the process serves."""

import multiprocessing
import os
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management.base import SystemCheckError
from uvicorn.config import STARTUP_FAILURE

from ordinavo.http.threads import WorkerThreads
from ordinavo.observability.processes import restore_shared_folder
from ordinavo.server import SERVED, end_with_parent


def create_application() -> object:
    """Set up Django, and return the ASGI application. Uvicorn calls this once in each worker process.

    If the parent process ends, this worker is killed. Writes the cause to stderr and raises SystemExit if the settings
    are wrong, a system check of Django fails or an import fails: with uvicorn's STARTUP_FAILURE, at which the parent
    stops too, or with status 1, at which it tries again, if another worker has been ready before.
    """
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with_parent(parent.pid)
    try:
        restore_shared_folder()
        # In a thread, because the event loop runs in this one, and Django refuses to query the database beside it.
        with ThreadPoolExecutor(1) as outside_of_loop:
            return outside_of_loop.submit(_load).result()
    except (ImproperlyConfigured, SystemCheckError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
    except Exception:  # an import can raise anything
        traceback.print_exc()
    raise SystemExit(1 if SERVED in os.environ else STARTUP_FAILURE)


def _load() -> object:
    """Return the application. Its import sets up Django and runs the system checks, and raises if they fail."""
    from ordinavo.http.application import Application  # noqa: PLC0415  not before the settings can be read

    return Application(
        WorkerThreads(
            settings.WEB_THREADS,
            queue_seconds=settings.REQUEST_QUEUE_SECONDS,
            run_seconds=settings.REQUEST_SECONDS,
        )
    )
