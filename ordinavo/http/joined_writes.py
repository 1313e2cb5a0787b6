"""Send what is written at the same moment as one packet."""

import asyncio
from typing import Any


class JoinedWrites:
    """A transport that sends all writes of one turn of the event loop together.

    Uvicorn writes the head and the body of an answer one after the other. Sent apart, they take a system call and a
    packet each, and wake the client twice.
    """

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._unsent: list[bytes] = []

    def write(self, data: bytes) -> None:
        """Send some bytes before the next turn of the event loop."""
        if not self._unsent:
            self._loop.call_soon(self._send)
        self._unsent.append(data)

    def close(self) -> None:
        """Close the connection when everything has been sent."""
        self._send()
        self._transport.close()

    def _send(self) -> None:
        """Send what has been written so far."""
        if self._unsent:
            unsent, self._unsent = self._unsent, []
            self._transport.writelines(unsent)

    def __getattr__(self, name: str) -> Any:
        """Return any other attribute of the transport."""
        return getattr(self._transport, name)
