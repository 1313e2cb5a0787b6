"""The ASGI application of the server: receives a request in the event loop, and runs Django in a worker thread.

If the body of an API request does not come at once, Django checks the head before the server waits any longer: path,
token, scope and announced length. So nobody without a valid token can make the server wait, and a refusal comes early.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

from django.conf import settings
from django.db import connections
from django.http import FileResponse, StreamingHttpResponse

from ordinavo.common.codes import Code
from ordinavo.common.request_context import UnarrivedBody
from ordinavo.common.sql import release_connection
from ordinavo.http import bodies
from ordinavo.http.bodies import Body, ClientGone
from ordinavo.http.environ import announced_length, wsgi_environ
from ordinavo.http.refusals import Refusal, headers_and_body
from ordinavo.http.streams import send_stream
from ordinavo.http.threads import NoThread, Overdue, WorkerThreads
from ordinavo.middleware import is_browser_path, is_upload_path
from ordinavo.wsgi import application as django

GRACE_SECONDS = 0.25
"""How long the server waits for a body before Django checks the head. Most bodies arrive with their head."""

_BUSY = Refusal(
    Code.UNAVAILABLE,
    "The service is busy. Send the request again after Retry-After seconds; nothing was imported.",
    retry_after=5,
)
_OVERDUE = Refusal(
    Code.UNAVAILABLE,
    f"The request took longer than {settings.REQUEST_SECONDS} seconds, and may still be processed. Send it again after "
    "Retry-After seconds; with the same Idempotency-Key nothing is imported twice.",
    retry_after=30,
)
_MAX_UPLOAD_BYTES = settings.MAX_FILE_BYTES + settings.DATA_UPLOAD_MAX_MEMORY_SIZE
"""Of a form with a file. Which file is too large is said by the form itself if only a little exceeds the limit."""
_PAGE_TOO_LARGE = Refusal(
    Code.PAYLOAD_TOO_LARGE, f"A form may have at most {settings.DATA_UPLOAD_MAX_MEMORY_SIZE:,} bytes."
)
_FILE_TOO_LARGE = Refusal(
    Code.PAYLOAD_TOO_LARGE, f"A file may have at most {settings.MAX_FILE_BYTES:,} bytes. Split it into smaller ones."
)
_NO_SPACE = Refusal(
    Code.UNAVAILABLE, "The body cannot be stored. Send it again after Retry-After seconds; nothing was imported.", 30
)


class Answer(NamedTuple):
    """A response."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    stream: Any = None
    """The response of Django whose body is read while it is sent, such as a large download. `body` is empty then."""


class Application:
    """The ASGI application (https://asgi.readthedocs.io) around Django's WSGI handler."""

    def __init__(self, threads: WorkerThreads) -> None:
        self._threads = threads

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Answer one request, or wait for the end of the server if that is the scope (ASGI's `lifespan`).

        Sends nothing if the client has closed the connection before its body was complete.
        """
        if scope["type"] == "lifespan":
            await self._live(receive, send)
            return
        try:
            answer = await self._answer(wsgi_environ(scope), receive)
        except ClientGone:
            return
        headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in answer.headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        if answer.stream is not None:
            await send_stream(answer.stream, threads=self._threads, receive=receive, send=send)
        await send({"type": "http.response.body", "body": answer.body})

    async def _live(self, receive: Any, send: Any) -> None:
        """Tell the server that the application has started, and close the threads and the pool when the server ends."""
        await receive()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        self._threads.close()
        database: Any = connections["default"]
        database.close_pool()
        await send({"type": "lifespan.shutdown.complete"})

    async def _answer(self, environ: dict[str, Any], receive: bodies.Receive) -> Answer:
        """Receive the body of a request, if it has one, and return the answer.

        A body that is too large is not received to its end; Django refuses it by what has arrived. Raises ClientGone if
        the client closes the connection before its body has arrived.
        """
        length = announced_length(environ)
        if length == 0:
            return await self._run(environ)
        is_page, is_upload = is_browser_path(environ["PATH_INFO"]), is_upload_path(environ["PATH_INFO"])
        limit = _limit(is_page=is_page, is_upload=is_upload)
        if is_page and length is not None and length > limit:
            return _refuse(_FILE_TOO_LARGE if is_upload else _PAGE_TOO_LARGE)
        body = Body(receive, limit)
        try:
            early = await self._receive(body, environ, length, can_check_head=is_upload or not is_page)
            if early:
                return early
            environ |= {"wsgi.input": body.open(), "CONTENT_LENGTH": str(body.size)}
            return await self._run(environ)
        except OSError:
            return _refuse(_NO_SPACE)
        finally:
            body.close()

    async def _receive(
        self, body: Body, environ: dict[str, Any], length: int | None, *, can_check_head: bool
    ) -> Answer | None:
        """Receive a body into `body`. Returns None if it is complete, else an answer to send instead.

        Django checks the head first if the body takes longer than GRACE_SECONDS, is announced with more than
        MAX_BODY_BYTES, or waits for 100 Continue. It cannot if `can_check_head` is False: views of most pages read
        the body before they check permissions. `length` is the announced length in bytes, or None for chunks. Raises
        ClientGone if the client closes the connection, and OSError if a temporary file cannot be written.
        """
        expects_continue = environ.get("HTTP_EXPECT", "").lower() == "100-continue"
        is_large = length is not None and length > settings.MAX_BODY_BYTES
        if not expects_continue and not is_large and await body.receive_within(GRACE_SECONDS):
            return None
        early = await self._check_head(environ) if can_check_head else None
        if early:
            return early._replace(headers=[*early.headers, ("Connection", "close")]) if expects_continue else early
        return None if await body.receive_rest() else _refuse(bodies.TOO_SLOW)

    async def _check_head(self, environ: dict[str, Any]) -> Answer | None:
        """Run Django with an empty stand-in for the body. Returns its answer, or None if it read the body.

        Returns a refusal if no thread is free or Django takes too long.
        """
        unarrived = UnarrivedBody()
        length = environ.get("CONTENT_LENGTH") or "1"
        answer = await self._run(environ | {"wsgi.input": unarrived, "CONTENT_LENGTH": length})
        return None if unarrived.was_read else answer

    async def _run(self, environ: dict[str, Any]) -> Answer:
        """Run Django in a thread. Returns its answer, or a refusal if no thread is free or Django takes too long."""
        try:
            return await self._threads.run(_handle, environ)
        except NoThread:
            return _refuse(_BUSY)
        except Overdue:
            return _refuse(_OVERDUE)


def _limit(*, is_page: bool, is_upload: bool) -> int:
    """Return how many bytes a body may have."""
    if is_upload:
        return _MAX_UPLOAD_BYTES
    return settings.DATA_UPLOAD_MAX_MEMORY_SIZE if is_page else settings.MAX_BACKGROUND_BODY_BYTES


def _handle(environ: dict[str, Any]) -> Answer:
    """Run Django, and return its answer. The database connection is free again before the client gets the answer.

    Returns a StreamingHttpResponse unread, but a file (FileResponse) read, because static files are small.
    """
    started: list[tuple[str, list[tuple[str, str]]]] = []

    def start_response(status: str, headers: list[tuple[str, str]], *_error: Any) -> Callable[[bytes], None]:
        """Store the status and the headers of the answer (PEP 3333)."""
        started.append((status, headers))
        return lambda data: None

    response: Any = django(environ, start_response)
    if isinstance(response, StreamingHttpResponse) and not isinstance(response, FileResponse):
        release_connection()
        [(status, headers)] = started
        return Answer(int(status[:3]), headers, b"", response)
    try:
        body = b"".join(response)
    finally:
        response.close()
    [(status, headers)] = started
    return Answer(int(status[:3]), headers, body)


def _refuse(refusal: Refusal) -> Answer:
    """Count and log a refusal, and return it as an answer, after which the connection ends."""
    headers, body = headers_and_body(refusal)
    return Answer(refusal.status, headers, body)
