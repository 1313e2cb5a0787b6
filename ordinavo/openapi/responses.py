"""The responses of the operations: status, headers, schema of the body, and examples."""

from collections.abc import Iterable
from typing import Any

from ordinavo.common.codes import Code, Kind
from ordinavo.common.limits import MAX_CORRELATION_ID_LENGTH
from ordinavo.openapi import tables
from ordinavo.openapi.examples import examples
from ordinavo.openapi.json_schema import Schema, known_values, ref, text

_DESCRIPTIONS = {
    400: "The request cannot be read.",
    401: "The token is absent or not valid.",
    403: "The token does not allow this request.",
    404: "Nothing exists here, or the token may not see it.",
    406: "The answer is JSON, but Accept excludes JSON.",
    408: "The body arrived too slowly. The answer has no headers of the rate limit, and the connection ends.",
    409: "Another request with the same key is still running, or the import job has ended.",
    413: "The body is too large.",
    414: "The address is too long. The answer has no headers of the rate limit, and the connection ends.",
    415: "The body is not declared as JSON, or has an encoding other than gzip.",
    429: "Too many requests in this minute.",
    431: "The headers are too large. The answer has no headers of the rate limit, and the connection ends.",
    500: "The service failed. Nothing was imported.",
    503: "The database cannot be reached, or the service is busy.",
}
_ALWAYS = ("X-Correlation-Id", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
"""The headers of every answer to a request with a token; without one, only the first."""
_OF_EVERY_OPERATION = {401, 406, 414, 429, 431, 500, 503}
_REFUSED_TO_READERS = (Code.MISSING_SCOPE, Code.ADDRESS_NOT_ALLOWED, Code.HTTPS_REQUIRED)
_HEADERS_BY_STATUS = {
    401: {"WWW-Authenticate": "WWW-Authenticate"},
    403: {"WWW-Authenticate": "Insufficient-Scope"},
    409: {"Retry-After": "Retry-After-If-Busy"},
    415: {"Accept-Encoding": "Accept-Encoding"},
    429: {"Retry-After": "Retry-After"},
    503: {"Retry-After": "Retry-After"},
}


def components() -> dict[str, Any]:
    """Return the Response Objects that several operations refer to, by the name of their component.

    They are `Error<status>` for each status of _DESCRIPTIONS, `ReadError403`, the 403 of an operation that only reads,
    and `PublicError400`, the 400 of an operation that needs no token.
    """
    return {f"Error{status}": _request_error(status) for status in _DESCRIPTIONS} | {
        "ReadError403": _request_error(403, *_REFUSED_TO_READERS),
        "PublicError400": _request_error(400, Code.BAD_REQUEST),
    }


def headers() -> dict[str, Any]:
    """Return the Header Objects that responses refer to, by the name of their component.

    A component has the name of its header, except for `Insufficient-Scope`, which is a WWW-Authenticate, and
    `Retry-After-If-Busy`, which is a Retry-After.
    """
    number = {"type": "integer", "minimum": 0}
    return {
        "X-Correlation-Id": _header(
            "The id that the caller sent, if it is well formed, else a new one. The import job and the logs have it.",
            text(MAX_CORRELATION_ID_LENGTH, pattern="^[A-Za-z0-9][A-Za-z0-9._:@/+=-]*$"),
            required=True,
        ),
        "X-RateLimit-Limit": _header("Requests per minute. Absent if the token has no limit.", number),
        "X-RateLimit-Remaining": _header("Requests left in this minute.", number),
        "X-RateLimit-Reset": _header("When the next minute starts, in seconds since 1970-01-01 UTC.", number),
        "Retry-After": _header("Seconds to wait.", number | {"minimum": 1}, required=True),
        "WWW-Authenticate": _header("The authentication scheme (RFC 6750).", text(), required=True),
        "Insufficient-Scope": _header(
            'With missing_scope it is `Bearer error="insufficient_scope"` (RFC 6750). Else it is absent.', text()
        ),
        "Accept-Encoding": _header(
            "`gzip`. Sent only if the encoding of the body is not supported (RFC 9110).", text()
        ),
        "Retry-After-If-Busy": _header(
            "Seconds to wait. Sent only with idempotency_in_progress.", number | {"minimum": 1}
        ),
        "Idempotent-Replayed": _header(
            "The Idempotency-Key was used before. This is the stored answer, and nothing was imported again.",
            known_values(["true"]),
        ),
        "Location": _header("The path of the import job.", text(), required=True),
        "Preference-Applied": _header("`respond-async` (RFC 7240).", known_values(["respond-async"]), required=True),
        "ETag": _header("The version of the answer. Send it in `If-None-Match` next time.", text(), required=True),
        "Cache-Control": _header("How long a client may cache the document.", text(), required=True),
    }


def _header(description: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
    """Return a Header Object. It is `required` if every response that refers to it has the header."""
    return {"description": description, "schema": schema, "required": required}


def success(schema: Schema, description: str, *names: str, has_etag: bool = False) -> dict[str, Any]:
    """Return the Response Object of a successful read with this schema of its JSON body.

    Its headers are X-Correlation-Id, the three of the rate limit, and with `has_etag` the ETag. `names` are the names
    of its examples; a name without an example is left out.
    """
    return _response(description, schema, {"ETag": "ETag"} if has_etag else {}, names)


def imported(status: int, description: str, *names: str, refused: Iterable[Code] = ()) -> dict[str, Any]:
    """Return the Response Object of an import with this status, whose body is an import job with its items.

    `names` are the names of its examples. `refused` are the request errors that can have the same status. With them,
    the body is either the job or a request error, which only the latter's property `error` tells apart; the
    description ends with a table of the codes, and their examples are added. A name or a code without an example is
    left out. The headers are X-Correlation-Id, the three of the rate limit, Idempotent-Replayed, and Retry-After or
    WWW-Authenticate if an error with this status has it, such as Retry-After for 409.
    """
    refused = list(refused)
    schema = ref("ImportJob")
    if refused:
        names = (*names, *[code.value for code in refused])
        schema = {"anyOf": [schema, ref("ErrorResponse")]}
        description += "\n\n" + tables.error_table(refused)
    more = {"Idempotent-Replayed": "Idempotent-Replayed"} | _HEADERS_BY_STATUS.get(status, {})
    return _response(description, schema, more, names)


def accepted() -> dict[str, Any]:
    """Return the Response Object of a batch that is processed in the background."""
    names = ("Location", "Preference-Applied", "Idempotent-Replayed")
    description = "The batch is stored, and its job is Pending. Read the job at Location until its finishedAt is set."
    return _response(description, ref("ImportJob"), {name: name for name in names}, ["batch-accepted-answer"])


def errors(*statuses: int) -> dict[str, Any]:
    """Return references to shared error responses, by status as text: for `statuses` and for seven more.

    Every operation that needs a token can answer these seven: 401, 406, 414, 429, 431, 500 and 503. A status that
    `components` does not have gives a reference to nothing.
    """
    return {str(status): _reference(f"Error{status}") for status in sorted(_OF_EVERY_OPERATION | set(statuses))}


def errors_of_reads(*statuses: int) -> dict[str, Any]:
    """Return what `errors` returns, and 403 with the codes that an operation that only reads can have."""
    return errors(*statuses) | {"403": _reference("ReadError403")}


def errors_of_public() -> dict[str, Any]:
    """Return the errors of an operation that needs no token: 400 for an address or a header that cannot be read."""
    return {"400": _reference("PublicError400")}


def public(content_type: str, schema: Schema, description: str, example: Any, *headers: str) -> dict[str, Any]:
    """Return the Response Object of an operation that needs no token, and so has no headers of the rate limit.

    `example` is a body. Its headers are X-Correlation-Id and those named in `headers`, which must be components of the
    same name.
    """
    names = dict.fromkeys(("X-Correlation-Id", *headers))
    content = {content_type: {"schema": schema, "example": example}}
    return {"description": description, "headers": _references({name: name for name in names}), "content": content}


def not_modified(*, needs_token: bool = True) -> dict[str, Any]:
    """Return the Response Object of a 304, which has no body (RFC 9110).

    Its headers are X-Correlation-Id, ETag, and the three of the rate limit if the operation needs a token.
    """
    names = (*(_ALWAYS if needs_token else _ALWAYS[:1]), "ETag")
    return {
        "description": "The answer still has the ETag of If-None-Match.",
        "headers": _references({name: name for name in names}),
    }


def _request_error(status: int, *only: Code) -> dict[str, Any]:
    """Return the Response Object of the request errors with this status, or only of those in `only`.

    Its description ends with a table of the codes, and it has an example of each code that has one. Raises KeyError if
    _DESCRIPTIONS has no such status.
    """
    codes = list(only) or [code for code in Code.of_kind(Kind.REQUEST) if code.http == status]
    description = f"{_DESCRIPTIONS[status]}\n\n{tables.error_table(codes)}"
    names = [code.value for code in codes]
    return _response(description, ref("ErrorResponse"), _HEADERS_BY_STATUS.get(status, {}), names)


def _response(description: str, schema: Schema, more: dict[str, str], names: Iterable[str]) -> dict[str, Any]:
    """Return the Response Object of a JSON answer to a request with a token.

    Its headers are X-Correlation-Id, the three of the rate limit, and those in `more`, which has the component's name
    by the header's name. `names` are the names of its examples; a name without an example is left out.
    """
    content = {"schema": schema} | examples(*names)
    return {
        "description": description,
        "headers": _references({name: name for name in _ALWAYS} | more),
        "content": {"application/json": content},
    }


def _references(components: dict[str, str]) -> dict[str, Any]:
    """Return a reference to a header component for each header. `components` has the component's name by header."""
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in components.items()}


def _reference(component: str) -> dict[str, Any]:
    """Return a reference to the response component with this name."""
    return {"$ref": f"#/components/responses/{component}"}
