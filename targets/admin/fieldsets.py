"""The sections of the page of a target, as Django's fieldsets, made from the declaration of a target."""

from collections.abc import Iterable
from typing import Any

from targets.admin.form_names import WINDOW, WINDOW_COLUMNS
from targets.api.target_document import admin_fieldsets

_SHOWN_TO_READERS = {WINDOW: "window", "expected_revenue": "revenue", "opened_values": None, "coordinates": None}
"""What readers see instead of an input of the form: a method of TargetColumns, or None for nothing."""


def target_fieldsets() -> list[Any]:
    """Return the sections of the form: the declared ones, with fields that only the admin has.

    Those are `state`, `corrected`, `opened_values`, beside the country `map_link`, and after the coordinates
    `coordinates`. The two ends of the time window are one field.
    """
    (_heading, own_rows), *sections = admin_fieldsets()
    return [
        (None, {"fields": ["state", *own_rows, "corrected", "opened_values"]}),
        *((heading, {"fields": [row for declared in rows for row in _rows(declared)]}) for heading, rows in sections),
    ]


def for_readers(fieldsets: Iterable[Any]) -> list[Any]:
    """Return the sections for users who may not change a target: values as text instead of the form's own inputs."""
    return [
        (heading, options | {"fields": [shown for row in options["fields"] if (shown := _reader_row(row))]})
        for heading, options in fieldsets
    ]


def _rows(row: tuple[str, ...]) -> list[tuple[str, ...]]:
    """Return the rows of the form for a declared row of columns."""
    start, end = WINDOW_COLUMNS
    names = tuple(WINDOW if name == start else name for name in row if name != end)
    if "country" in row:
        return [(*names, "map_link")]
    if "latitude" in row:
        return [names, ("coordinates",)]
    return [names] if names else []


def _reader_row(row: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return a row for readers; empty if nothing of it is shown."""
    names = (row,) if isinstance(row, str) else row
    return tuple(shown for name in names if (shown := _SHOWN_TO_READERS.get(name, name)))
