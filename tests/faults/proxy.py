"""A TCP proxy between clients and the service that can drop answers after the service has sent them."""

import asyncio
import random
import threading
from contextlib import suppress

from tests.faults.service import HOST

_CHUNK = 65536


class Proxy:
    """Passes connections on to the service, in a thread of its own."""

    def __init__(self, port: int, seed: int) -> None:
        """Create the proxy of the service at a port of this machine. `start` opens it."""
        self.drop_share = 0.0
        """The share of answers that are dropped, each together with its connection."""
        self.dropped = 0
        self.port = 0
        """The port of the proxy, once it is started."""
        self._service_port = port
        self._random = random.Random(seed)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stopping: asyncio.Event | None = None
        self._opened = threading.Event()
        self._thread = threading.Thread(target=lambda: asyncio.run(self._run()), name="proxy", daemon=True)

    def start(self) -> None:
        """Open the proxy."""
        self._thread.start()
        self._opened.wait()

    def stop(self) -> None:
        """Close the proxy and its connections."""
        if self._loop and self._stopping:
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join()

    async def _run(self) -> None:
        """Serve until `stop`. Connections that are open then are cancelled by asyncio."""
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._serve, HOST, 0)
        self.port = server.sockets[0].getsockname()[1]
        self._opened.set()
        await self._stopping.wait()
        server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Pass on one connection, until one side closes it or an answer is dropped."""
        try:
            upstream_reader, upstream_writer = await asyncio.open_connection(HOST, self._service_port)
        except OSError:
            writer.close()
            return
        requests = asyncio.ensure_future(self._pass_on(reader, upstream_writer))
        answers = asyncio.ensure_future(self._pass_on(upstream_reader, writer, droppable=True))
        try:
            # asyncio cancels this at the end of the run, and would complain about each connection.
            with suppress(asyncio.CancelledError):
                await asyncio.wait({requests, answers}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (requests, answers):
                task.cancel()
            for side in (writer, upstream_writer):
                side.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, droppable: bool = False
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                if droppable and self._random.random() < self.drop_share:
                    self.dropped += 1
                    return
                writer.write(data)
                await writer.drain()
