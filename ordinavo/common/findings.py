"""What is said about an import, as data: never an exception that crosses a floor."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

T = TypeVar("T")


class Finding(NamedTuple):
    """An error or a warning: a stable code, the dotted path in the request, a sentence to act on."""

    code: str
    field: str
    message: str


MAX_FINDINGS_OF_A_KIND = 20


def capped_findings(found: Sequence[T], one: Callable[[T], Finding], more: Callable[[int], Finding]) -> list[Finding]:
    """A finding for each, up to MAX_FINDINGS_OF_A_KIND; of more than that, one that says how many more there are."""
    rest = len(found) - MAX_FINDINGS_OF_A_KIND
    return [one(each) for each in found[:MAX_FINDINGS_OF_A_KIND]] + ([more(rest)] if rest > 0 else [])


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
