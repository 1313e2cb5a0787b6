"""Markdown tables of the codes, for the OpenAPI document and docs/errors.md."""

from collections.abc import Iterable

from ordinavo.common.codes import Code, Kind

_ERROR_HEADS = ("HTTP", "code", "meaning", "what to do")


def request_errors() -> str:
    """Return a Markdown table of the codes that refuse a whole request: HTTP status, code, meaning, remedy."""
    return error_table(Code.of_kind(Kind.REQUEST))


def item_errors() -> str:
    """Return a Markdown table of the codes that reject one target of an import: HTTP status, code, meaning, remedy.

    The status is that of a single import. A code that only an item of a batch can have has a dash instead.
    """
    rows = [
        (str(code.http) if code.kind is Kind.ITEM else "–", f"`{code}`", code.meaning, code.remedy)
        for code in Code.item_errors()
    ]
    return markdown_table(_ERROR_HEADS, rows)


def warnings() -> str:
    """Return a Markdown table of the warnings: code, meaning, remedy. A warning has no HTTP status."""
    rows = [(f"`{code}`", code.meaning, code.remedy) for code in Code.of_kind(Kind.WARNING)]
    return markdown_table(("code", "meaning", "what to do"), rows)


def error_table(codes: Iterable[Code]) -> str:
    """Return a Markdown table of error codes: HTTP status, code, meaning, remedy. Without any code, only its head."""
    rows = [(str(code.http), f"`{code}`", code.meaning, code.remedy) for code in codes]
    return markdown_table(_ERROR_HEADS, rows)


def markdown_table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a table in GitHub's Markdown. The cells must be Markdown: nothing in them is escaped.

    Each row must have as many cells as there are heads; this is not checked.
    """
    lines = [heads, ("---",) * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
