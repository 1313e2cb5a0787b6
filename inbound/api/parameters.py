"""Read the query parameters of a request, strictly."""

from collections.abc import Collection

from rest_framework.request import Request

from ordinavo.common.errors import InvalidParameter


def refuse_unknown(request: Request, known: Collection[str] = ()) -> None:
    """Raise InvalidParameter if a query parameter is not one of `known`, or was sent more than once.

    Without `known`, every query parameter is refused. The values are not checked.
    """
    for name, values in request.query_params.lists():
        if name not in known:
            accepted = ", ".join(sorted(known)) or "none"
            raise InvalidParameter(f"{name[:80]} is not a parameter here; known are: {accepted}.")
        if len(values) > 1:
            raise InvalidParameter(f"{name} was sent {len(values)} times. Send it once.")


def validate_only(request: Request) -> bool:
    """Return the parameter `validateOnly`: True if the import is only rehearsed. False if it was not sent.

    Raises InvalidParameter if it is neither "true" nor "false", was sent more than once, or if there is any other query
    parameter.
    """
    refuse_unknown(request, ["validateOnly"])
    sent = request.query_params.get("validateOnly", "false")
    if sent not in ("true", "false"):
        raise InvalidParameter("validateOnly must be true or false.")
    return sent == "true"
