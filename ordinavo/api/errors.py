"""The one shape of every error that the API answers, whoever raised it."""

from http import HTTPStatus
from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions
from rest_framework.response import Response

from ordinavo.common.json_codec import dumps

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5

# DRF's own codes, where the contract has another word.
_CODES = {
    "not_authenticated": "unauthorized",
    "authentication_failed": "unauthorized",
    "parse_error": "malformed_json",
}
_BY_STATUS = {
    400: ("bad_request", "The request could not be read; check its address and headers."),
    404: ("not_found", "There is nothing here for this token. Paths have no slash at the end."),
    406: ("not_acceptable", "The answer is JSON: accept application/json."),
    413: ("payload_too_large", "The body is too large."),
    500: (
        "internal_error",
        "Something went wrong on our side. Nothing was imported; send the request again, "
        "and if that does not help, tell us the correlationId.",
    ),
    503: (
        "unavailable",
        "The database cannot be reached, or is busy. Send the request again after Retry-After seconds; "
        "with the same Idempotency-Key nothing is done twice.",
    ),
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> Response:
    """DRF's hook. Any exception of an API view becomes an envelope."""
    request = context["request"]._request
    if isinstance(exception, Http404):
        exception = exceptions.NotFound()
    if not isinstance(exception, exceptions.APIException):
        status = status_of(exception)
        return Response(_of_status(status, request), status=status, headers=_headers_of_status(status))
    message = str(exception.detail)
    if isinstance(exception, exceptions.NotFound | exceptions.NotAcceptable):
        message = _BY_STATUS[exception.status_code][1]
    elif isinstance(exception, exceptions.UnsupportedMediaType):
        message = "The body must be JSON: send it with Content-Type: application/json."
    code = str(exception.get_codes())
    return Response(
        envelope(_CODES.get(code, code), message, request, **getattr(exception, "extra", {})),
        status=exception.status_code,
        headers=_headers(exception),
    )


def status_of(exception: Exception) -> int:
    """For exceptions that nobody expected; those that are our fault are logged."""
    if isinstance(exception, OperationalError | InterfaceError):
        log.error("database_unavailable", exc_info=exception)
        return 503
    if isinstance(exception, SuspiciousOperation):
        return 400
    log.error("unhandled_exception", exc_info=exception)
    return 500


def plain_response(status: int, request: HttpRequest) -> HttpResponse:
    """The envelope for what Django answers on its own, before or after any view."""
    return HttpResponse(
        dumps(_of_status(status, request)),
        status=status,
        content_type="application/json",
        headers=_headers_of_status(status),
    )


def envelope(code: str, message: str, request: HttpRequest, **extra: Any) -> dict[str, Any]:
    identity = {"correlationId": request.headers["X-Correlation-Id"]}
    return {"error": {"code": code, "message": message} | identity | extra}


def _of_status(status: int, request: HttpRequest) -> dict[str, Any]:
    phrase = HTTPStatus(status).phrase
    code, message = _BY_STATUS.get(status, (phrase.lower().replace(" ", "_"), f"{phrase}."))
    return envelope(code, message, request)


def _headers_of_status(status: int) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


def _headers(exception: exceptions.APIException) -> dict[str, str]:
    headers = {}
    if auth_header := getattr(exception, "auth_header", None):
        headers["WWW-Authenticate"] = auth_header
    if wait := getattr(exception, "wait", None):
        headers["Retry-After"] = str(wait)
    return headers
