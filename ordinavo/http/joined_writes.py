"""Send the head and the body of an answer as one packet."""

import asyncio
from typing import Any


class JoinedWrites:
    """A transport that keeps the head of an answer until its body is written, and then sends both.

    Uvicorn writes them one after the other. Sent apart, they take a system call and a packet each, and wake the client
    twice. Call `flush` after each answer, because some have no body.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def write(self, data: bytes) -> None:
        """Send some bytes, or keep them if they are the head of a final answer. A 100 (Continue) is sent at once."""
        if data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 1"):
            self.flush()
            self._head = data
        elif self._head:
            head, self._head = self._head, b""
            self._transport.writelines([head, data])
        else:
            self._transport.write(data)

    def flush(self) -> None:
        """Send the head that has been kept, if there is one."""
        if self._head:
            head, self._head = self._head, b""
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection when everything has been sent."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        """Return any other attribute of the transport."""
        return getattr(self._transport, name)
