"""Markdown tables of the codes, for the OpenAPI document and docs/errors.md."""

from collections.abc import Iterable

from ordinavo.common.codes import Code, Kind


def request_errors() -> str:
    """Return the table of the codes that refuse a whole request."""
    return error_table(Code.of_kind(Kind.REQUEST))


def item_errors() -> str:
    """Return the table of the codes that reject one target."""
    return error_table(Code.item_errors())


def warnings() -> str:
    """Return the table of the warning codes."""
    rows = [(f"`{code}`", code.meaning, code.remedy) for code in Code.of_kind(Kind.WARNING)]
    return markdown_table(("code", "meaning", "what to do"), rows)


def error_table(codes: Iterable[Code]) -> str:
    """Return a table of error codes with their HTTP status."""
    rows = [(str(code.http), f"`{code}`", code.meaning, code.remedy) for code in codes]
    return markdown_table(("HTTP", "code", "meaning", "what to do"), rows)


def markdown_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in GitHub's Markdown. The cells are Markdown already."""
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
