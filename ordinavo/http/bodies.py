"""Receive the bodies of requests in the event loop, so that a slow client occupies no thread and little memory."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from io import BytesIO
from tempfile import TemporaryFile
from typing import IO, Any

from django.conf import settings

from ordinavo.common.codes import Code
from ordinavo.common.limits import MAX_BODIES_IN_MEMORY, MAX_BODIES_ON_DISK, MIN_BODY_BYTES_A_SECOND
from ordinavo.http.refusals import Refusal

Receive = Callable[[], Awaitable[Any]]

TOO_SLOW = Refusal(
    Code.REQUEST_TIMEOUT,
    f"The body did not arrive in time: within {settings.REQUEST_BODY_SECONDS} seconds, plus one second for each "
    f"{MIN_BODY_BYTES_A_SECOND:,} bytes. Send the request again; split a large batch.",
)


class ClientGone(Exception):
    """The client has closed the connection before its body was complete."""


class Body:
    """The body of one request, as far as it has arrived. Use it in the event loop, and `close` it at the end.

    It is in memory at first. It moves to a temporary file when it has more than MAX_BODY_BYTES, or when all bodies of
    the process together have more than MAX_BODIES_IN_MEMORY bytes in memory.
    """

    _held = 0
    """Bytes in memory, of all bodies of this process."""
    _on_disk = 0
    """Bytes in temporary files, of all bodies of this process."""

    def __init__(self, receive: Receive, limit: int) -> None:
        """Begin the time limit of a body. If it has more than `limit` bytes, it counts as complete, and is cut."""
        self._receive, self._limit = receive, limit
        self._pieces: list[bytes] = []
        self._file: IO[bytes] | None = None
        self._started = asyncio.get_running_loop().time()
        self.size = 0
        """The bytes that have arrived."""
        self.is_complete = False

    async def receive_within(self, seconds: float) -> bool:
        """Receive until the body is complete, for `seconds` at most, and return whether it is complete.

        A body that exceeds its limit is cut there, and counts as complete. Raises ClientGone if the client closes the
        connection, and OSError if a temporary file cannot be written or all bodies exceed MAX_BODIES_ON_DISK.
        """
        try:
            async with asyncio.timeout(seconds):
                while not self.is_complete:
                    await self._receive_piece()
        except TimeoutError:
            pass
        return self.is_complete

    async def receive_rest(self) -> bool:
        """Receive until the body is complete. Returns False if it arrives too slowly.

        The time limit is REQUEST_BODY_SECONDS since this object was made, plus one second for each
        MIN_BODY_BYTES_A_SECOND bytes that have arrived.
        Raises ClientGone and OSError as `receive_within` does.
        """
        try:
            async with asyncio.timeout(None) as timer:
                while not self.is_complete:
                    seconds = settings.REQUEST_BODY_SECONDS + self.size / MIN_BODY_BYTES_A_SECOND
                    timer.reschedule(self._started + seconds)
                    await self._receive_piece()
        except TimeoutError:
            return False
        return True

    def open(self) -> IO[bytes]:
        """Return what has arrived, as a stream at its start. `close` also closes a temporary file."""
        if self._file is None:
            return BytesIO(b"".join(self._pieces))
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Free the memory, and delete the temporary file if there is one."""
        Body._held -= sum(map(len, self._pieces))
        self._pieces.clear()
        if self._file is not None:
            Body._on_disk -= self.size
            self._file.close()

    async def _receive_piece(self) -> None:
        """Wait for the next piece of the body, and store it. Raises ClientGone and OSError."""
        message = await self._receive()
        if message["type"] != "http.request":
            raise ClientGone
        piece = message["body"]
        self.size += len(piece)
        self._store(piece)
        self.is_complete = not message["more_body"] or self.size > self._limit

    def _store(self, piece: bytes) -> None:
        """Append a piece, in memory or in a temporary file as the class says.

        Raises OSError if the file fails, or if all bodies have more than MAX_BODIES_ON_DISK bytes on disk.
        """
        if self._file is not None:
            self._write(self._file, [piece], len(piece))
            return
        self._pieces.append(piece)
        Body._held += len(piece)
        if self.size > settings.MAX_BODY_BYTES or Body._held > MAX_BODIES_IN_MEMORY:
            self._file = TemporaryFile()  # noqa: SIM115  `close` closes it
            self._write(self._file, self._pieces, self.size)
            Body._held -= self.size
            self._pieces.clear()

    @staticmethod
    def _write(file: IO[bytes], pieces: list[bytes], size: int) -> None:
        """Append pieces, `size` bytes together, to a temporary file, and add `size` to the count of all bodies.

        They count until `close`. Raises OSError if all bodies exceed MAX_BODIES_ON_DISK or the file cannot be written.
        """
        Body._on_disk += size
        if Body._on_disk > MAX_BODIES_ON_DISK:
            raise OSError(errno.ENOSPC, "All bodies together are too large for the disk.")
        file.writelines(pieces)
