"""Send a response of any length: read its body piece by piece, as fast as the client reads it.

Each piece takes a thread and a database connection only while it is read, so that a slow client holds neither.
"""

import asyncio
from collections.abc import Iterator
from typing import Any

from ordinavo.common.sql import release_connection
from ordinavo.http.threads import NoThread, WorkerThreads

MAX_TRIES = 10
"""How often a piece waits for a free thread before the connection is ended, each time as long as a request does."""


async def send_stream(response: Any, *, threads: WorkerThreads, receive: Any, send: Any) -> None:
    """Send the body of a StreamingHttpResponse, without the message that ends it. Stops if the client has gone.

    `receive` and `send` are those of ASGI. `send` waits while the client does not read. Raises NoThread or Overdue if a
    piece could not be read, and what the response raises: then the server ends the connection, and the client sees by
    the Content-Length that the file is incomplete.
    """
    gone = asyncio.ensure_future(_wait_until_gone(receive))
    pieces = iter(response)
    try:
        while not gone.done() and (piece := await _next_piece(threads, pieces)) is not None:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    finally:
        gone.cancel()
        await threads.run(_close, response)


async def _wait_until_gone(receive: Any) -> None:
    """Return when the client has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _next_piece(threads: WorkerThreads, pieces: Iterator[bytes]) -> bytes | None:
    """Return the next piece, or None at the end. Raises NoThread if all threads were busy for too long."""
    for _try in range(MAX_TRIES - 1):
        try:
            return await threads.run(_read, pieces)
        except NoThread:
            continue
    return await threads.run(_read, pieces)


def _read(pieces: Iterator[bytes]) -> bytes | None:
    """Return the next piece, or None at the end. In any case, the thread's connection goes back to the pool."""
    try:
        return next(pieces, None)
    finally:
        release_connection()


def _close(response: Any) -> None:
    """End the request for Django."""
    response.close()
