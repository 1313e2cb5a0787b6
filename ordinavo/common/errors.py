"""Request errors: what refuses a request as a whole. Such a request records no import job."""

from typing import Any

from ordinavo.common.codes import Code
from ordinavo.common.json_codec import dumps


class ApiError(Exception):
    """Refuses a request as a whole. The API answers `{"error": {"code", "message", "correlationId"}}`.

    The HTTP status is that of the code. `headers` are added to the answer, and `extra` to the error object.
    """

    def __init__(
        self,
        code: Code,
        message: str,
        *,
        headers: dict[str, str] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.code, self.message = code, message
        self.headers, self.extra = headers or {}, extra or {}

    def without_traceback(self) -> "ApiError":
        """Return an equal error that was never raised, so that it keeps no frame and no request in memory."""
        return ApiError(self.code, self.message, headers=self.headers, extra=self.extra)


class InvalidParameter(ApiError):
    """Refuses an unknown or unreadable query parameter or header.

    If it were ignored, the answer might hold more, or the request do more, than the client wanted.
    """

    def __init__(self, message: str) -> None:
        super().__init__(Code.INVALID_PARAMETER, message)


def error_json(code: str, message: str, correlation_id: str, **extra: Any) -> bytes:
    """Return the JSON body of an error answer. `extra` are further members of the object `error`."""
    return dumps({"error": {"code": code, "message": message, "correlationId": correlation_id} | extra})


def retry_after(seconds: int) -> dict[str, str]:
    """Return the header that tells a client to wait so many seconds (RFC 9110, section 10.2.3)."""
    return {"Retry-After": str(seconds)}
