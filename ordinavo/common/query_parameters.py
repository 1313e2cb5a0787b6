"""Read query parameters strictly: refuse unknown and invalid ones instead of ignoring them."""

from collections.abc import Collection

from django.http import QueryDict

from ordinavo.common.errors import InvalidParameter


def refuse_unknown(query: QueryDict, known: Collection[str] = ()) -> None:
    """Raise InvalidParameter if a query parameter is not one of `known`, or was sent more than once.

    Without `known`, every query parameter is refused. The values are not checked.
    """
    for name, values in query.lists():
        if name not in known:
            accepted = ", ".join(sorted(known)) or "none"
            raise InvalidParameter(f"{name[:80]} is not a parameter here; known are: {accepted}.")
        if len(values) > 1:
            raise InvalidParameter(f"{name} was sent {len(values)} times. Send it once.")


def size_of_page(query: QueryDict, name: str, *, default: int, maximum: int) -> int:
    """Return the page size that the query parameter `name` asks for, or the default if it was not sent.

    Raises InvalidParameter if it is not a whole number from 1 to `maximum`, in ASCII digits.
    """
    sent = query.get(name, str(default))
    if not (sent.isascii() and sent.isdigit() and len(sent) < 9 and 1 <= int(sent) <= maximum):
        raise InvalidParameter(f"{name} must be a whole number from 1 to {maximum:,}.")
    return int(sent)
