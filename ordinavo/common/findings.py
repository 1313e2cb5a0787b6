"""What is wrong with, or odd about, one target of an import: errors and warnings as data, not as exceptions."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

from ordinavo.common.limits import MAX_FINDINGS_OF_A_KIND

T = TypeVar("T")


class Finding(NamedTuple):
    """One error or warning, as it stands in an item's `errors` or `warnings`."""

    code: str
    """A member of `ordinavo.common.codes.Code`."""
    field: str
    """The dotted path in the target, such as "address.city", or "" if it is about the whole target."""
    message: str
    """A sentence that says what is wrong, and what was sent."""


def capped_findings(
    problems: Sequence[T], describe: Callable[[T], Finding], describe_rest: Callable[[int], Finding]
) -> list[Finding]:
    """Return a finding for each problem, in order, but for no more than the first MAX_FINDINGS_OF_A_KIND of them.

    If there are more problems, a last finding is added: `describe_rest` makes it from the number that are not listed.
    Returns an empty list if there is no problem.
    """
    listed = [describe(problem) for problem in problems[:MAX_FINDINGS_OF_A_KIND]]
    rest = len(problems) - MAX_FINDINGS_OF_A_KIND
    return [*listed, describe_rest(rest)] if rest > 0 else listed


def quote(value: Any, limit: int = 80) -> str:
    """Return a JSON value as text for a message, cut to `limit` characters, the last of which is then an ellipsis.

    Text is put in quotation marks, which count. An object becomes "an object", a list "a list" unless it holds
    nothing but one text; null, true and false are as in JSON, and a number as Python writes it.
    """
    match value:
        case str():
            text = f'"{value}"'
        case None | True | False:
            text = {None: "null", True: "true", False: "false"}[value]
        case dict():
            text = "an object"
        case [str() as only]:
            text = f'["{only}"]'
        case list():
            text = "a list"
        case _:
            text = str(value)
    return cut(text, limit)


def cut(text: str, limit: int) -> str:
    """Return a text, cut to `limit` characters, the last of which is then an ellipsis."""
    return text if len(text) <= limit else text[: limit - 1] + "…"
