"""Read the JSON document of a request once, however often it is asked for."""

from typing import Any, cast

from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request

from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError
from ordinavo.common.request_context import context_of


def read_document(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body, and store it or the ApiError in the RequestContext.

    A second call returns the same object or raises an equal error, and reads nothing. Raises ApiError with the code
    `malformed_json`, `payload_too_large` or `unsupported_media_type`.
    """
    context = context_of(request)
    if context.body_error:
        raise context.body_error.without_traceback()
    if context.document is None:
        try:
            context.document = _parse(request)
        except ApiError as error:
            context.body_error = error.without_traceback()
            raise
    return context.document


def _parse(request: Request) -> dict[str, Any]:
    """Return the JSON object in the body, which the REST framework parses with the parser of the view.

    Raises ApiError: `malformed_json` if the body is empty or not one JSON object, `payload_too_large`, or
    `unsupported_media_type` if it is not declared as JSON.
    """
    if request.stream is None:
        raise ApiError(Code.MALFORMED_JSON, "The body is empty. Send one JSON object.")
    try:
        return cast(dict[str, Any], request.data)
    except UnsupportedMediaType as error:
        message = "The body must be JSON. Send it with Content-Type: application/json."
        raise ApiError(Code.UNSUPPORTED_MEDIA_TYPE, message) from error
