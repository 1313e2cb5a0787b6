"""Read the query parameters of a request, strictly."""

from collections.abc import Collection

from rest_framework.request import Request

from ordinavo.common import query_parameters
from ordinavo.common.errors import InvalidParameter


def refuse_unknown(request: Request, known: Collection[str] = ()) -> None:
    """Raise InvalidParameter if a query parameter is not one of `known`, or was sent more than once.

    Without `known`, every query parameter is refused. The values are not checked.
    """
    query_parameters.refuse_unknown(request.query_params, known)


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
