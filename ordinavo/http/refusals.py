"""Answers to requests that the server refuses before Django sees them."""

import logging
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from ordinavo.common.codes import Code
from ordinavo.common.errors import error_json
from ordinavo.logs import request_logger
from ordinavo.observability.http_metrics import count_refusal


@dataclass(frozen=True)
class Refusal:
    """An error answer that needs no request: only a code and its message."""

    code: Code
    message: str
    retry_after: int | None = None
    """Seconds after which the client should try again, or None if trying again does not help."""

    @property
    def status(self) -> int:
        """The HTTP status of the code, or 500 if the code has none."""
        return self.code.http or 500


def headers_and_body(refusal: Refusal) -> tuple[list[tuple[str, str]], bytes]:
    """Count and log a refusal, and return the headers and the JSON body of its answer, after which the connection ends.

    A new correlation id is in the headers, the body and the log.
    """
    correlation_id = str(uuid.uuid4())
    body = error_json(refusal.code, refusal.message, correlation_id)
    headers = [
        ("Content-Type", "application/json"),
        ("Content-Length", str(len(body))),
        ("X-Correlation-Id", correlation_id),
        ("Connection", "close"),
    ]
    if refusal.retry_after is not None:
        headers.append(("Retry-After", str(refusal.retry_after)))
    count_refusal(refusal.status)
    request_logger().log(
        logging.WARNING, "refused", status=refusal.status, code=refusal.code.value, correlation_id=correlation_id
    )
    return headers, body


def as_http(refusal: Refusal) -> bytes:
    """Count and log a refusal, and return it as a whole HTTP/1.1 response, after which the connection ends."""
    headers, body = headers_and_body(refusal)
    head = f"HTTP/1.1 {refusal.status} {HTTPStatus(refusal.status).phrase}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers)
    return head.encode("ascii") + b"\r\n" + body
