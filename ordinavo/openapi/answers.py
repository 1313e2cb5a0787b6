"""The answers of an operation: for each status its headers, the schema of its body, and examples."""

from typing import Any

from ordinavo.openapi import codes
from ordinavo.openapi.examples import examples
from ordinavo.openapi.shapes import Schema, narrowed, one_of, ref, text

CORRELATED = {"X-Correlation-Id": {"$ref": "#/components/headers/X-Correlation-Id"}}
_LIMITS = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")
_ALWAYS = CORRELATED | {name: {"$ref": f"#/components/headers/{name}"} for name in _LIMITS}
_PROBLEMS = {
    400: "The request cannot be read.",
    401: "No token, or none that is valid.",
    403: "The token may not do this.",
    404: "There is nothing here, or nothing that the token may see.",
    406: "The answer is JSON, which Accept excludes.",
    409: "Another request is in the way.",
    413: "Too large.",
    415: "The body is not announced as JSON.",
    422: "The request as such cannot be carried out.",
    429: "Too many requests in this minute.",
    500: "A fault of ours; nothing was imported.",
    503: "The database cannot be reached, or is busy.",
}


def headers() -> dict[str, Any]:
    def header(description: str, schema: Schema, *, required: bool = False) -> dict[str, Any]:
        return {"description": description, "schema": schema, "required": required}

    number = {"type": "integer", "minimum": 0}
    return {
        "X-Correlation-Id": header(
            "The caller's own, if it sent a sane one, else a new one. It is in the job and in our logs.",
            text(128, pattern="^[A-Za-z0-9][A-Za-z0-9._:@/+=-]*$"),
            required=True,
        ),
        "X-RateLimit-Limit": header("Requests a minute; absent where there is no limit.", number),
        "X-RateLimit-Remaining": header("Requests left in this minute.", number),
        "X-RateLimit-Reset": header("When the next minute starts, in epoch seconds.", number),
        "Retry-After": header("Seconds to wait.", number | {"minimum": 1}, required=True),
        "WWW-Authenticate": header("RFC 6750.", one_of(["Bearer"]), required=True),
        "Insufficient-Scope": header(
            "Only with missing_scope (RFC 6750).", one_of(['Bearer error="insufficient_scope"'])
        ),
        "Retry-After-If-Busy": header("Seconds to wait; only with idempotency_in_progress.", number | {"minimum": 1}),
        "Idempotent-Replayed": header(
            "The Idempotency-Key was used before: this is the stored answer, nothing was done.", one_of(["true"])
        ),
        "ETag": header("Of this description.", text(), required=True),
        "Cache-Control": header("How long it may be kept.", text(), required=True),
    }


_EXTRA_HEADERS = {
    401: {"WWW-Authenticate": "WWW-Authenticate"},
    403: {"WWW-Authenticate": "Insufficient-Scope"},
    409: {"Retry-After": "Retry-After-If-Busy"},
    429: {"Retry-After": "Retry-After"},
    503: {"Retry-After": "Retry-After"},
}


def success(schema: Schema, description: str, *names: str) -> dict[str, Any]:
    return _answer(description, schema, _ALWAYS, names)


def imported(http: int, schema: Schema, description: str, *names: str, refused: tuple[str, ...] = ()) -> dict[str, Any]:
    """An envelope, or with `refused` codes of request errors that have the same status."""
    if refused:
        schema = {"oneOf": [schema, _error_schema(refused)]}
        description += "\n\n" + codes.table(_known(http, refused))
    more = {"Idempotent-Replayed": "Idempotent-Replayed"} | _EXTRA_HEADERS.get(http, {})
    return _answer(description, schema, _ALWAYS | _refs(more), names)


def problem(http: int, *among: str) -> dict[str, Any]:
    """A request error of this status, `among` these codes if not all."""
    known = _known(http, among)
    description = f"{_PROBLEMS[http]}\n\n{codes.table(known)}"
    more = _refs(_EXTRA_HEADERS.get(http, {}))
    return _answer(description, _error_schema(codes.names(known)), _ALWAYS | more, codes.names(known))


def problems(*https: int) -> dict[str, Any]:
    """Those that every operation can answer, and these."""
    return {str(http): _response(f"Error{http}") for http in sorted({401, 406, 429, 500, 503, *https})}


def missing_scope() -> dict[str, Any]:
    return {"403": _response("MissingScope")}


def responses() -> dict[str, Any]:
    alike = {f"Error{http}": problem(http) for http in (400, 401, 403, 404, 406, 409, 413, 415, 429, 500, 503)}
    return alike | {"MissingScope": problem(403, "missing_scope")}


def _response(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/responses/{name}"}


def in_public(content_type: str, schema: Schema, description: str, **more: str) -> dict[str, Any]:
    """An answer for which no token is needed, so that none is counted."""
    content = {content_type: {"schema": schema}}
    return {"description": description, "headers": CORRELATED | _refs(more), "content": content}


def _known(http: int, among: tuple[str, ...]) -> list[codes.ErrorCode]:
    return [known for known in codes.REQUEST_ERRORS if known.http == http and (not among or known.code in among)]


def _error_schema(known: Any) -> Schema:
    return narrowed(ref("RequestError"), error={"properties": {"code": one_of(known)}})


def _answer(description: str, schema: Schema, headers: dict[str, Any], names: Any) -> dict[str, Any]:
    content = {"schema": schema} | examples(*names)
    return {"description": description, "headers": headers, "content": {"application/json": content}}


def _refs(names: dict[str, str]) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{component}"} for name, component in names.items()}
