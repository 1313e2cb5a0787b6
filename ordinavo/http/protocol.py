"""The HTTP/1.1 protocol of the server: uvicorn's, with limits of size and time, and errors in JSON.

Uvicorn parses requests with httptools and runs the ASGI application. It has no limits for the head of a request
(request line and headers), and answers a request that it cannot parse with plain text.
"""

import asyncio
import time
from collections import Counter
from typing import Any, cast

import httptools
from django.conf import settings
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.utils import get_remote_addr

from ordinavo.common.client_address import is_trusted_proxy
from ordinavo.common.codes import Code
from ordinavo.common.limits import (
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_REQUEST_TARGET_BYTES,
    UNREAD_BODY_SECONDS,
)
from ordinavo.http.joined_writes import JoinedWrites
from ordinavo.http.refusals import Refusal, as_http

_MALFORMED = Refusal(Code.BAD_REQUEST, "The request is not valid HTTP/1.1. Check its request line, headers and length.")
_TARGET_TOO_LONG = Refusal(
    Code.URI_TOO_LONG,
    f"The address may have at most {MAX_REQUEST_TARGET_BYTES:,} bytes. Send fewer or shorter filters.",
)
_HEAD_TOO_LARGE = Refusal(
    Code.HEADERS_TOO_LARGE,
    f"The headers may have at most {MAX_HEAD_BYTES:,} bytes and {MAX_HEADERS} lines. Send fewer or shorter ones.",
)
_HEAD_TOO_SLOW = Refusal(Code.REQUEST_TIMEOUT, "The headers did not arrive in time. Send the request again.")
_TOO_MANY_CONNECTIONS = Refusal(
    Code.UNAVAILABLE, "The service has too many connections. Send the request again after Retry-After seconds.", 5
)


PAUSE_SECONDS = 0.0001
"""How long a process pauses after it accepted a connection, so that another process gets the next one."""


_connections: Counter[str] = Counter()
"""The open connections of this process by the client's address."""


def _address_of(transport: asyncio.Transport) -> str:
    """Return the address of the client, or an empty text if it has none, as on a Unix socket."""
    client = get_remote_addr(transport)
    return client[0] if client else ""


def _may_connect(address: str) -> bool:
    """Return whether an address may have one more connection. A trusted proxy may always."""
    return _connections[address] < settings.MAX_CONNECTIONS_OF_ADDRESS or not address or is_trusted_proxy(address)


class _Refused(Exception):
    """The head of a request is over a limit, so the parser must stop. `_parse` then refuses the request."""


class LimitedHttpProtocol(HttpToolsProtocol):
    """One connection of a client. Refuses what is over a limit with a JSON error, and then closes the connection.

    The limits are the size of the head, the time until it has arrived, the time for which a client may read nothing of
    an answer, and the numbers of connections of the process and of one address. The application limits the body.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.access_log = False  # whatever the loggers' configuration: the application logs requests itself
        self._refusal: Refusal | None = None
        self._is_in_head = False
        self._head_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._unsent_bytes = 0
        self._stall_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for the first request, or refuse the connection if the process has too many."""
        self._address = _address_of(transport)
        if len(self.connections) >= settings.MAX_CONNECTIONS or not _may_connect(self._address):
            transport.write(as_http(_TOO_MANY_CONNECTIONS))
            transport.close()
            self.transport = transport
            return
        super().connection_made(transport)
        _connections[self._address] += 1
        time.sleep(PAUSE_SECONDS)  # all processes share one listening socket, and the awake one would take all
        self._writes = JoinedWrites(transport)
        self.transport = cast(asyncio.Transport, self._writes)
        self._set_timer(settings.REQUEST_HEAD_SECONDS, self._end_slow_head)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer, and let uvicorn tell the application that the client has gone."""
        self._stop_timer()
        if self.flow is not None:
            super().connection_lost(exc)
            self.resume_writing()
            _connections[self._address] -= 1
            if not _connections[self._address]:
                del _connections[self._address]

    def eof_received(self) -> bool:  # type: ignore[override]
        """Return whether to keep the connection, because a client that sends nothing more still waits for an answer."""
        if self.cycle is None or self.cycle.response_complete or self.cycle.more_body:
            return False
        self.cycle.keep_alive = False
        return True

    def pause_writing(self) -> None:
        """Stop sending, because the client does not read its answer. If it reads nothing more, the connection ends."""
        super().pause_writing()
        self._unsent_bytes = self.transport.get_write_buffer_size()
        self._stall_timer = self.loop.call_later(settings.UNREAD_ANSWER_SECONDS, self._end_if_unread)

    def resume_writing(self) -> None:
        """Go on sending."""
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def shutdown(self) -> None:
        """End the connection because the server stops: after the answer in progress, if the client reads it."""
        super().shutdown()
        if self.transport.is_closing():
            self._set_timer(UNREAD_BODY_SECONDS, self.transport.abort)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived. If the head is incomplete after that, limit the time for its rest.

        Does nothing if a request on this connection has been refused.
        """
        if self._refusal:
            return
        self._unset_keepalive_if_required()
        while data and not self._refusal:
            data = self._parse(data)
        if self._is_in_head and self._timer is None and not self._refusal:
            self._set_timer(settings.REQUEST_HEAD_SECONDS, self._end_slow_head)

    def on_message_begin(self) -> None:
        """Let uvicorn begin a new request, and count the bytes of its head from 0."""
        super().on_message_begin()
        self._is_in_head, self._head_bytes = True, 0

    def on_url(self, url: bytes) -> None:
        """Add a part of the request target. Raises _Refused if the target exceeds MAX_REQUEST_TARGET_BYTES."""
        self.url += url
        if len(self.url) > MAX_REQUEST_TARGET_BYTES:
            self._stop_parsing(_TARGET_TOO_LONG)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Add a header. Raises _Refused if the head exceeds MAX_HEAD_BYTES or MAX_HEADERS.

        A header with an underscore in its name is left out, though its bytes count: WSGI would take X_Forwarded_For for
        X-Forwarded-For.
        """
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > MAX_HEAD_BYTES or len(self.headers) >= MAX_HEADERS:
            self._stop_parsing(_HEAD_TOO_LARGE)
        if b"_" not in name:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Stop the timer of the head, and let uvicorn start the application.

        Does nothing if the head offers another protocol: `_parse` has it parsed again without the offer.
        """
        if self.parser.should_upgrade():
            return
        self._is_in_head = False
        self._stop_timer()
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Stop the timer of an unread body, and let uvicorn end the body of the request.

        Does nothing if the head offers another protocol.
        """
        if self.parser.should_upgrade():
            return
        self._stop_timer()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Send what is kept of an answer, and let uvicorn continue.

        If the answer came before the whole body, allow UNREAD_BODY_SECONDS for the rest, then abort the connection.
        """
        self._writes.flush()
        super().on_response_complete()
        if self.transport.is_closing():
            self._set_timer(settings.UNREAD_ANSWER_SECONDS, self.transport.abort)
        elif self.cycle.more_body:
            self._set_timer(UNREAD_BODY_SECONDS, self.transport.abort)

    def _parse(self, data: bytes) -> bytes:
        """Parse what has arrived, or refuse the request. Returns no bytes, or those to parse again without an offer."""
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as offer:
            return self._without_offer() + data[offer.args[0] :]
        except httptools.HttpParserError:
            self._refuse()
        return b""

    def _without_offer(self) -> bytes:
        """Return the head of a request that offers another protocol, such as HTTP/2, without that offer.

        A server may ignore the offer (RFC 9110, section 7.8), but the parser takes what follows for the other protocol.
        So the request is parsed again, by a new parser. Returns nothing for CONNECT, which is refused.
        """
        if self.parser.get_method() == b"CONNECT":
            self._refuse()
            return b""
        lines = [self.parser.get_method() + b" " + self.url + b" HTTP/" + self.parser.get_http_version().encode()]
        for name, value in self.headers:
            if name == b"connection":
                lines.append(b"connection: close" if b"close" in value.lower() else b"connection: keep-alive")
            elif name != b"upgrade":
                lines.append(name + b": " + value)
        self.parser = httptools.HttpRequestParser(self)
        return b"\r\n".join([*lines, b"", b""])

    def _refuse(self) -> None:
        """Answer a request that the parser refused, and end the connection.

        The reason is `_refusal`, or that the request is malformed. If an earlier request on this connection is still
        being answered, that answer comes first, and the connection ends without another. If the request's own body is
        malformed, the application is told that the client has gone, so that it sends no second answer.
        """
        self._refusal = self._refusal or _MALFORMED
        self._stop_timer()
        if self.cycle is not None and not self.cycle.response_complete:
            if not self.cycle.more_body or self.cycle.response_started:
                self.cycle.keep_alive = False
                self.flow.pause_reading()
                return
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        self.transport.write(as_http(self._refusal))
        self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        """Abort a connection that was idle for too long. Wait once more if the client is still receiving its answer."""
        unsent = self.transport.get_write_buffer_size()
        if unsent and unsent != self._unsent_bytes:
            self._unsent_bytes = unsent
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
            return
        self.transport.abort()

    def _end_if_unread(self) -> None:
        """End the connection if the client has read nothing since the last look, else look again later."""
        unsent = self.transport.get_write_buffer_size()
        if unsent >= self._unsent_bytes:
            self.transport.abort()
            return
        self._unsent_bytes = unsent
        self._stall_timer = self.loop.call_later(settings.UNREAD_ANSWER_SECONDS, self._end_if_unread)

    def _stop_parsing(self, refusal: Refusal) -> None:
        """Store why the request is refused, and raise _Refused, which stops the parser and makes `_parse` refuse it."""
        self._refusal = refusal
        raise _Refused

    def _end_slow_head(self) -> None:
        """End a connection whose head did not arrive in time: with 408 if a part of it arrived, else without answer."""
        if self._is_in_head:
            self._refusal = _HEAD_TOO_SLOW
            self._refuse()
        else:
            self.transport.close()

    def _set_timer(self, seconds: float, action: Any) -> None:
        """Call `action` after `seconds`, instead of the action of an earlier timer."""
        self._stop_timer()
        self._timer = self.loop.call_later(seconds, action)

    def _stop_timer(self) -> None:
        """Cancel the timer, if there is one."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
