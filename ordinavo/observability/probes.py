"""Answer the probes of load balancers: /healthz, whether the process runs, and /readyz, whether it can serve."""

from django.http import HttpRequest, HttpResponse

from ordinavo.api.errors import RETRY_AFTER_SECONDS, error_response, plain_response
from ordinavo.common.codes import Code
from ordinavo.common.errors import ApiError, retry_after
from ordinavo.common.json_codec import dumps
from ordinavo.common.request_context import GetResponse
from ordinavo.observability.readiness import DATABASE, MIGRATIONS, Readiness
from ordinavo.observability.routes import PROBES

_MESSAGES = {
    DATABASE: "The database does not answer. Look at it and at DATABASE_URL.",
    MIGRATIONS: "The database lacks migrations. Run manage.py migrate.",
}


def probes_middleware(get_response: GetResponse) -> GetResponse:
    """Return the middleware that answers /healthz and /readyz without a token, for any host and over plain HTTP.

    It must come before the middleware that checks hosts and HTTPS: load balancers ask by address.
    """
    readiness = Readiness()

    def middleware(request: HttpRequest) -> HttpResponse:
        """Answer a probe (405 unless it is GET or HEAD), or pass any other request on."""
        if request.path not in PROBES:
            return get_response(request)
        if request.method not in ("GET", "HEAD"):
            response = plain_response(405, request)
            response["Allow"] = "GET, HEAD"
        else:
            response = _healthz() if request.path == "/healthz" else _readyz(readiness, request)
        response["Cache-Control"] = "no-store"
        response["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _healthz() -> HttpResponse:
    """Answer 200, because this process runs. Checks nothing else, not even the database."""
    return HttpResponse(dumps({"status": "ok"}), content_type="application/json")


def _readyz(readiness: Readiness, request: HttpRequest) -> HttpResponse:
    """Answer 200 if the process can serve requests, else 503 with Retry-After and `failedCheck`.

    Takes LIMIT_SECONDS at most. Raises RuntimeError if no thread can be started for the check.
    """
    failed = readiness.failed_check()
    if failed is None:
        checks = {DATABASE: "ok", MIGRATIONS: "ok"}
        return HttpResponse(dumps({"status": "ok", "checks": checks}), content_type="application/json")
    headers, extra = retry_after(RETRY_AFTER_SECONDS), {"failedCheck": failed}
    return error_response(ApiError(Code.UNAVAILABLE, _MESSAGES[failed], headers=headers, extra=extra), request)
