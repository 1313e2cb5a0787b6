"""What is said about an import, as data: never an exception that crosses a floor."""

from typing import Any, NamedTuple


class Finding(NamedTuple):
    """An error or a warning: a stable code, the dotted path in the request, a sentence to act on."""

    code: str
    field: str
    message: str


def quote(value: Any, limit: int = 80) -> str:
    """A value as it was sent, short enough for a sentence."""
    match value:
        case str():
            text = f'"{value}"'
        case None | True | False:
            text = {None: "null", True: "true", False: "false"}[value]
        case dict():
            text = "an object"
        case list():
            text = "a list"
        case _:
            text = str(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"
