"""Answers to requests that the server refuses before Django sees them."""

import logging
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from ordinavo.common.codes import Code
from ordinavo.common.errors import error_json
from ordinavo.logs import request_logger


@dataclass(frozen=True)
class Refusal:
    """An error answer that needs no request: only a code and its message."""

    code: Code
    message: str
    retry_after: int | None = None
    """Seconds after which the client should try again, or None if trying again does not help."""

    @property
    def status(self) -> int:
        """The HTTP status of the code."""
        return self.code.http or 500


def headers_and_body(refusal: Refusal, *, closes: bool) -> tuple[list[tuple[str, str]], bytes]:
    """Return the headers and the JSON body of a refusal, and log one line.

    A new correlation id is in the header, the body and the log. `closes` says that the connection ends with the answer.
    """
    correlation_id = str(uuid.uuid4())
    body = error_json(refusal.code, refusal.message, correlation_id)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Correlation-Id", correlation_id),
    ]
    if refusal.retry_after is not None:
        headers.append(("Retry-After", str(refusal.retry_after)))
    if closes:
        headers.append(("Connection", "close"))
    request_logger().log(
        logging.WARNING, "refused", status=refusal.status, code=refusal.code.value, correlation_id=correlation_id
    )
    return headers, body


def as_http(refusal: Refusal) -> bytes:
    """Return a refusal as the bytes of a whole HTTP/1.1 response, after which the connection ends."""
    headers, body = headers_and_body(refusal, closes=True)
    head = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("ascii") + b"\r\n" + body
