"""Request errors: what refuses a request as a whole. Such a request records no import job."""

from typing import Any

from ordinavo.common.codes import Code


class ApiError(Exception):
    """A request that is refused. The API answers it as `{"error": {"code", "message", "correlationId"}}`.

    The status is that of the code. `headers` are added to the answer, `extra` to the error object.
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


class InvalidParameter(ApiError):
    """A query parameter or header is unknown or unreadable. Ignoring it would do or answer too much."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INVALID_PARAMETER, message)


def retry_after(seconds: int) -> dict[str, str]:
    """Return the header that tells a client to wait (RFC 9110, section 10.2.3)."""
    return {"Retry-After": str(seconds)}
