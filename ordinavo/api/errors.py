"""Answer errors of requests to the API as JSON: `{"error": {"code", "message", "correlationId"}}`.

These are errors that refuse a request as a whole. An item that is rejected is no such error: its import job lists it.
"""

from typing import Any

import structlog
from django.core.exceptions import SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse
from rest_framework import exceptions

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, error_json, retry_after
from ordinavo.common.request_context import context_of

log = structlog.get_logger(__name__)

RETRY_AFTER_SECONDS = 5

_MESSAGES = {
    Code.BAD_REQUEST: "The request cannot be read. Check its address and headers.",
    Code.NOT_FOUND: "There is nothing here for this token. Paths have no slash at the end.",
    Code.METHOD_NOT_ALLOWED: "The path does not support this method. Use one of those in the header Allow.",
    Code.NOT_ACCEPTABLE: "The answer is JSON. Send Accept: application/json, or no Accept.",
    Code.PAYLOAD_TOO_LARGE: "The body is too large.",
    Code.INTERNAL_ERROR: (
        "The service failed and imported nothing. Send the request again; if it fails again, report the correlationId."
    ),
    Code.UNAVAILABLE: (
        "The database cannot be reached, or is busy. Send the request again after Retry-After seconds; "
        "with the same Idempotency-Key nothing is imported twice."
    ),
}
_CODE_BY_STATUS = {code.http: code for code in _MESSAGES}

# The exceptions that the REST framework itself raises. They keep its message if _MESSAGES has none for their code.
_FRAMEWORK_CODES: dict[type[exceptions.APIException], Code] = {
    exceptions.ParseError: Code.MALFORMED_JSON,
    exceptions.NotAuthenticated: Code.UNAUTHORIZED,
    exceptions.AuthenticationFailed: Code.UNAUTHORIZED,
    exceptions.NotFound: Code.NOT_FOUND,
    exceptions.MethodNotAllowed: Code.METHOD_NOT_ALLOWED,
    exceptions.NotAcceptable: Code.NOT_ACCEPTABLE,
    exceptions.UnsupportedMediaType: Code.UNSUPPORTED_MEDIA_TYPE,
}


def exception_handler(exception: Exception, context: dict[str, Any]) -> HttpResponse:
    """Return the error answer to any exception of an API view, and log it if it is a fault of the service.

    The REST framework calls this (EXCEPTION_HANDLER). `context` has the request of the view as `request`.
    """
    return _response(_as_api_error(exception), context["request"])


def plain_response(status: int, request: HttpRequest) -> HttpResponse:
    """Return the error answer for a status that Django set without a view, such as 404. Logs nothing.

    A status that is not among the codes of _MESSAGES is answered with 400, or with 500 if it is 500 or more.
    """
    fallback = Code.INTERNAL_ERROR if status >= 500 else Code.BAD_REQUEST
    return _response(_api_error(_CODE_BY_STATUS.get(status, fallback)), request)


def https_required_response(request: HttpRequest) -> HttpResponse:
    """Return the error answer `https_required`. If the request has a token, the message says to replace it."""
    advice = "Use https://."
    if request.META.get("HTTP_AUTHORIZATION"):
        advice = "The token in this request has crossed the network in the clear: have it replaced, and use https://."
    return _response(ApiError(Code.HTTPS_REQUIRED, f"This service answers at https:// only. {advice}"), request)


def _as_api_error(exception: Exception) -> ApiError:
    """Return the error that answers an exception. Logs what becomes `unavailable` or `internal_error`.

    An ApiError is returned unchanged. Http404 becomes `not_found`, SuspiciousOperation `bad_request`, OperationalError
    and InterfaceError of the database `unavailable`, and the types of _FRAMEWORK_CODES (not their subclasses) the code
    there. Every other exception becomes `internal_error`.
    """
    match exception:
        case ApiError():
            return exception
        case Http404():
            return _api_error(Code.NOT_FOUND)
        case exceptions.APIException() if code := _FRAMEWORK_CODES.get(type(exception)):
            return ApiError(code, _MESSAGES.get(code) or str(exception.detail), headers=_headers(exception))
        case OperationalError() | InterfaceError():
            log.error("database_unavailable", exc_info=exception)
            return _api_error(Code.UNAVAILABLE)
        case SuspiciousOperation():
            return _api_error(Code.BAD_REQUEST)
    log.error("unhandled_exception", exc_info=exception)
    return _api_error(Code.INTERNAL_ERROR)


def _api_error(code: Code) -> ApiError:
    """Return the error of a code with its text in _MESSAGES. `unavailable` gets the header Retry-After.

    Raises KeyError for a code without a text there.
    """
    headers = retry_after(RETRY_AFTER_SECONDS) if code is Code.UNAVAILABLE else {}
    return ApiError(code, _MESSAGES[code], headers=headers)


def _headers(exception: exceptions.APIException) -> dict[str, str]:
    """Return the header WWW-Authenticate if the REST framework set an authentication scheme, else an empty dict."""
    scheme = getattr(exception, "auth_header", None)
    return {"WWW-Authenticate": scheme} if scheme else {}


def _response(error: ApiError, request: Any) -> HttpResponse:
    """Return the JSON answer to an error, with the HTTP status of its code and its headers."""
    body = error_json(error.code, error.message, context_of(request).correlation_id, **error.extra)
    return HttpResponse(body, status=error.code.http, content_type="application/json", headers=error.headers)
