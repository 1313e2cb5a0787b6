"""What the door refuses. Such a request records no job."""

from rest_framework import status
from rest_framework.exceptions import APIException, PermissionDenied

from inbound.rate_limits import Rate
from ordinavo.common.scopes import Scope


class MissingScope(PermissionDenied):
    default_code = "missing_scope"
    auth_header = 'Bearer error="insufficient_scope"'

    def __init__(self, scope: Scope) -> None:
        super().__init__(f"The token lacks the scope {scope}. Ask an administrator for a token that has it.")
        self.extra = {"requiredScope": scope.value}


class SourceSystemNotAllowed(PermissionDenied):
    default_code = "source_system_not_allowed"
    default_detail = (
        "The token may not import for this sourceSystem. GET /integration/health lists the source systems of the token."
    )


class MissingSourceSystem(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "missing_source_system"
    default_detail = "The token serves more than one source system: say which in sourceSystem."


class InvalidParameter(APIException):
    """A query parameter that is unknown or cannot be read: ignoring it would do or answer too much."""

    status_code = status.HTTP_400_BAD_REQUEST
    default_code = "invalid_parameter"


class UnusableBatch(APIException):
    """The batch as such cannot be read; what is wrong with one of its items is in that item."""

    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "invalid_batch"


class EmptyBatch(UnusableBatch):
    default_code = "empty_batch"
    default_detail = "The batch has no targets; send them as a list in targets."


class TooManyTargets(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_code = "payload_too_large"


class TooManyBatches(APIException):
    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_code = "unavailable"
    default_detail = (
        "Too many batches are being imported at the same time. Nothing of this one was imported; send it again after "
        "Retry-After seconds, and fewer at once."
    )
    wait = 5


class IdempotencyInProgress(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_in_progress"
    default_detail = "The first request with this Idempotency-Key is still running; ask again for its answer."
    wait = 2


class IdempotencyConflict(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_conflict"
    default_detail = "This Idempotency-Key was used with another body; take a new key for a new import."


class RateLimited(APIException):
    status_code = status.HTTP_429_TOO_MANY_REQUESTS
    default_code = "rate_limited"

    def __init__(self, rate: Rate, what: str) -> None:
        self.wait = max(1, rate.wait)
        super().__init__(f"At most {rate.limit:,} {what} a minute; go on in {self.wait} s, as Retry-After says.")
