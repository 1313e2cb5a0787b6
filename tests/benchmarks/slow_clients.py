"""Clients that send the head of an import and one byte of its body, and then nothing. Half of them have a token."""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

RETURN_SECONDS = 5


@contextmanager
def connected(count: int, *, port: int, token: str) -> Iterator[None]:
    """Keep so many slow clients connected during the block, which begins when the first ones have been refused.

    One that the server refuses comes back after some seconds.
    """
    crowd = _Crowd(port, token)
    stop = threading.Event()
    for number in range(count):
        crowd.connect(has_token=number % 2 == 0)
    crowd.wait_for_refusals(count // 2)
    thread = threading.Thread(target=crowd.replace_refused, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        crowd.close()


class _Crowd:
    """Slow clients of one server."""

    def __init__(self, port: int, token: str) -> None:
        self._port, self._token = port, token
        self._selector = selectors.DefaultSelector()

    def connect(self, *, has_token: bool) -> None:
        """Connect one more client, and send the beginning of its request."""
        client = socket.create_connection(("127.0.0.1", self._port))
        authorization = f"Authorization: Bearer {self._token}\r\n" if has_token else ""
        head = f"POST /inbound/targets HTTP/1.1\r\nHost: 127.0.0.1\r\n{authorization}Content-Length: 5000\r\n\r\n{{"
        client.sendall(head.encode())
        self._selector.register(client, selectors.EVENT_READ, has_token)

    def wait_for_refusals(self, count: int) -> None:
        """Wait until the server has answered so many clients."""
        while len(self._selector.select(0)) < count:
            time.sleep(0.1)

    def replace_refused(self, stop: threading.Event) -> None:
        """Replace the clients that the server has answered, every RETURN_SECONDS, until `stop` is set."""
        while not stop.wait(RETURN_SECONDS):
            for key, _ in self._selector.select(0):
                self._selector.unregister(key.fileobj)
                key.fileobj.close()
                self.connect(has_token=key.data)

    def close(self) -> None:
        """Close all connections."""
        for key in list(self._selector.get_map().values()):
            key.fileobj.close()
        self._selector.close()
