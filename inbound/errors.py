"""Errors that refuse a request to the import endpoints. No import job is recorded for such a request."""

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, retry_after
from ordinavo.common.rate import Rate
from ordinavo.common.scopes import Scope


class Unauthorized(ApiError):
    """The request carries no valid API token (RFC 6750, section 3)."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.UNAUTHORIZED, message, headers={"WWW-Authenticate": "Bearer"})


class MissingScope(ApiError):
    """The token lacks the scope of the endpoint (RFC 6750, section 3.1)."""

    def __init__(self, scope: Scope) -> None:
        super().__init__(
            Code.MISSING_SCOPE,
            f"The token lacks the scope {scope}. Ask an administrator for a token that has it.",
            headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
            extra={"requiredScope": scope.value},
        )


class AddressNotAllowed(ApiError):
    """The token may be used only from other networks than the client's. `address` is None if it is not known."""

    def __init__(self, address: str | None) -> None:
        seen = f"from the address {address[:64]}" if address else "by a client whose address is not known"
        super().__init__(
            Code.ADDRESS_NOT_ALLOWED,
            f"This token may not be used {seen}. "
            "Send from an allowed network, or ask an administrator to allow this one.",
        )


class SourceSystemNotAllowed(ApiError):
    """The source system is not one of the token's, is inactive, or does not exist. The answer is always the same.

    Only a key that no source system can have says why: `fault` is then the end of a sentence "sourceSystem …".
    """

    def __init__(self, fault: str = "") -> None:
        reason = f"sourceSystem {fault}." if fault else "The token may not import for this sourceSystem."
        super().__init__(
            Code.SOURCE_SYSTEM_NOT_ALLOWED,
            f"{reason} GET /integration/health lists the source systems of the token.",
        )


class SourceSystemPaused(ApiError):
    """An administrator paused the source system, for this reason."""

    def __init__(self, key: str, reason: str) -> None:
        sentence = reason if reason.endswith((".", "!", "?")) else f"{reason}."
        super().__init__(
            Code.SOURCE_SYSTEM_PAUSED,
            f"The source system {key} is paused: {sentence} "
            "Nothing was imported; send the request again when the source system is no longer paused.",
        )


class MissingSourceSystem(ApiError):
    """The body does not say which source system it is for, and the token serves none or several."""

    def __init__(
        self,
        message: str = "The body has no sourceSystem, and the token does not serve exactly one. Send sourceSystem.",
    ) -> None:
        super().__init__(Code.MISSING_SOURCE_SYSTEM, message)


class InvalidBatch(ApiError):
    """The batch as a whole cannot be read. Faults of single targets are reported in their items instead."""

    def __init__(self, message: str) -> None:
        super().__init__(Code.INVALID_BATCH, message)


class EmptyBatch(ApiError):
    """The batch has no targets."""

    def __init__(self) -> None:
        super().__init__(Code.EMPTY_BATCH, "The batch has no targets. Send them as a list in targets.")


class TooManyTargets(ApiError):
    """The batch has more targets than `limit`."""

    def __init__(self, count: int, limit: int, advice: str = "Split them into several batches.") -> None:
        super().__init__(
            Code.PAYLOAD_TOO_LARGE,
            f"A batch may have at most {limit:,} targets; {count:,} were sent. {advice}",
        )


class TooManyBatches(ApiError):
    """As many batches as this process can import at the same time are in progress."""

    def __init__(self) -> None:
        super().__init__(
            Code.UNAVAILABLE,
            "Too many batches are being imported at the same time. Nothing of this one was imported. Send it again "
            "after Retry-After seconds, and send fewer at once.",
            headers=retry_after(5),
        )


class IdempotencyInProgress(ApiError):
    """The first request with this Idempotency-Key has not been answered yet."""

    def __init__(self) -> None:
        super().__init__(
            Code.IDEMPOTENCY_IN_PROGRESS,
            "The first request with this Idempotency-Key is still running. "
            "Send the same request again after Retry-After seconds.",
            headers=retry_after(2),
        )


class IdempotencyConflict(ApiError):
    """The Idempotency-Key was used with another body."""

    def __init__(self) -> None:
        super().__init__(
            Code.IDEMPOTENCY_CONFLICT,
            "This Idempotency-Key was used with another body. Use a new key for a new import.",
        )


class RateLimited(ApiError):
    """A rate limit is exceeded. `rule` is a sentence that states the limit."""

    def __init__(self, rate: Rate, rule: str) -> None:
        wait = max(1, rate.wait)
        super().__init__(
            Code.RATE_LIMITED, f"{rule} Try again in {wait} s, as Retry-After says.", headers=retry_after(wait)
        )
