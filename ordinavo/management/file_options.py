"""The options that `manage.py import_file` and `manage.py watch_folder` share."""

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from django.core.management.base import CommandError

from importjobs.files import unattended
from importjobs.files.unattended import Way
from targets.models import SourceSystem
from templates.models import TargetTemplate


def add_way_arguments(parser: ArgumentParser) -> None:
    """Declare how files are imported."""
    parser.add_argument("--source-system", required=True, metavar="KEY", help="the source system that they come from")
    parser.add_argument("--operation", default="upsert", choices=["upsert", "create", "update", "cancel"])
    parser.add_argument("--template", default="", metavar="KEY", help="of new targets (default: the source system's)")
    parser.add_argument(
        "--column", action="append", default=[], metavar="HEADING=FIELD",
        help='the field of a column, such as "Tag=planning.routeDate"; nothing after = ignores it (may be repeated)',
    )  # fmt: skip
    parser.add_argument("--numbers", choices=["german", "english"], help="how text writes numbers: 1.234,5 or 1,234.5")


def way_of(options: Mapping[str, Any], *, origin: str, created_by: str) -> Way:
    """Return how files are imported with the options. Raises CommandError if an option is unknown to the database."""
    source_system = SourceSystem.objects.filter(key=options["source_system"]).first()
    if source_system is None or not source_system.active:
        keys = ", ".join(SourceSystem.objects.filter(active=True).values_list("key", flat=True)) or "none"
        raise CommandError(f"There is no active source system {options['source_system']}. Active are: {keys}.")
    template = options["template"]
    if template and not TargetTemplate.objects.filter(key=template, active=True).exists():
        keys = ", ".join(TargetTemplate.objects.filter(active=True).values_list("key", flat=True)) or "none"
        raise CommandError(f"There is no active template {template}. Active are: {keys}.")
    way = Way(
        source_system=source_system,
        origin=origin,
        created_by=created_by,
        operation=options["operation"],
        template_key=template,
        columns=_columns(options["column"]),
        numbers=options["numbers"],
    )
    known = unattended.field_paths(way)
    for path in way.columns.values():
        if path and path not in known:
            similar = get_close_matches(path, known, n=1, cutoff=0.3)
            hint = f"Do you mean {similar[0]}?" if similar else "docs/files.md lists the fields."
            raise CommandError(f"There is no field {path}. {hint}")
    return way


def _columns(texts: Sequence[str]) -> dict[str, str | None]:
    """Return the field by heading of texts such as "Tag=planning.routeDate".

    Raises CommandError for a text without =.
    """
    columns: dict[str, str | None] = {}
    for text in texts:
        heading, equals, path = text.rpartition("=")
        if not equals:
            raise CommandError(f"--column {text}: write HEADING=FIELD.")
        columns[heading.strip()] = path.strip() or None
    return columns
