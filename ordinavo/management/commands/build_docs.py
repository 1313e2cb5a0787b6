"""Write the generated tables of the documents in docs/."""

import re
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, CommandError
from django.utils import translation

from importjobs.files.field_names import NAMES_OF_FIELDS
from ordinavo.common.scopes import Scope
from ordinavo.openapi import tables
from ordinavo.openapi.document import build
from targets.api.target_document import field_table

_FILES = ("errors.md", "files.md", "guide.md")
_BLOCK = re.compile(r"(<!-- generated: ([^>]+) -->\n).*?(<!-- end of generated -->)", re.DOTALL)


class Command(BaseCommand):
    """Write, or check, the tables between `<!-- generated: NAME -->` and `<!-- end of generated -->` in docs/."""

    help = f"Write the generated tables of docs/{', docs/'.join(_FILES)}."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the flag --check: write no file, but fail if a table is out of date."""
        parser.add_argument("--check", action="store_true", help="change no file, but fail if a table is out of date")

    def handle(self, *args: Any, **options: Any) -> None:
        """Write the documents whose tables are out of date, and print their names.

        With --check, nothing is written, and the first file that is out of date raises CommandError. Also raises
        CommandError if a marker names an unknown table, and OSError if a file cannot be read or written.
        """
        for name in _FILES:
            path = settings.BASE_DIR / "docs" / name
            old = path.read_text()
            with translation.override("en"):
                new = _BLOCK.sub(_generated, old)
            if new == old:
                continue
            if options["check"]:
                raise CommandError(f"The tables of docs/{name} are out of date. Run: make docs")
            path.write_text(new)
            self.stdout.write(f"Wrote docs/{name}.")


def _generated(block: re.Match[str]) -> str:
    """Return the text that replaces a match of _BLOCK: its two markers with the newly generated table between them.

    Raises CommandError if _TABLES has no table of the name in the marker.
    """
    start, name, end = block.groups()
    if name not in _TABLES:
        raise CommandError(f"There is no generated table named {name!r}. Known are: {', '.join(_TABLES)}.")
    return f"{start}\n{_TABLES[name]()}\n\n{end}"


def _scopes() -> str:
    """Return a Markdown table of all scopes: the scope, what it allows, and the operations that require it."""
    operations = [
        (f"`{method.upper()} {path}`", operation.get("x-required-scope"))
        for path, methods in build()["paths"].items()
        for method, operation in methods.items()
    ]
    operations.append(("`GET /metrics`", Scope.METRICS_READ.value))  # for operators, so it is not in the document
    rows = [
        (f"`{scope.value}`", str(scope.label), ", ".join(name for name, required in operations if required == scope))
        for scope in Scope
    ]
    return tables.markdown_table(("scope", "allows", "operations"), rows)


def _headings() -> str:
    """Return a Markdown table of the headings by which a column of a file is recognised: the field, the headings."""
    rows = [(f"`{path}`", names) for path, names in NAMES_OF_FIELDS.items()]
    return tables.markdown_table(("field", "headings"), rows)


_TABLES: dict[str, Callable[[], str]] = {
    "request errors": tables.request_errors,
    "item errors": tables.item_errors,
    "warnings": tables.warnings,
    "scopes": _scopes,
    "fields": field_table,
    "headings": _headings,
}
