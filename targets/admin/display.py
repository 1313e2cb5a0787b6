"""Names and values of a target's fields as staff read them."""

import json
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.contrib.admin.utils import display_for_value
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from ordinavo.common.findings import quote
from ordinavo.common.local_days import moment_text
from targets import paths
from targets.labels import field_label
from targets.models import Target

EMPTY = "–"
_STORED_MOMENT = re.compile(r"20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]+)?Z")
"""How custom fields store a date-time, for the years of deliveries."""
PRIORITY_VARIANTS = {"Urgent": "danger", "High": "warning", "Medium": "info", "Low": ""}
"""The colour of every priority, as the variant of Unfold's label."""


def display_value(path: str, value: Any) -> str:
    """Return a value of a record of changes as staff read it: a dash for None and "", and booleans translated.

    At the path of a column or "status", choices are translated; at that of a column, times are local, and a value
    that the column cannot read is quoted. At any other path, objects and lists are JSON, and a text in the form of a
    stored custom date-time is its local time.
    """
    if value is None or value == "":
        return EMPTY
    if path == "status":
        return str(dict(Target.Status.choices).get(value, value))
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if path in paths.COLUMN_BY_PATH:
        field = paths.model_field(path)
        try:
            value = field.to_python(value)
        except ValidationError:
            return quote(value)
        return display_for_value(dict(field.flatchoices).get(value, value), EMPTY)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return _stored_moment_text(value) or display_for_value(value, EMPTY)


def _stored_moment_text(value: Any) -> str:
    """Return the local time of a custom date-time as it is stored, or an empty text for any other value."""
    if not isinstance(value, str) or not _STORED_MOMENT.fullmatch(value):
        return ""
    try:
        return moment_text(datetime.fromisoformat(value))
    except ValueError:
        return ""


def change_rows(changes: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the label, the old value and the new value of each recorded change, as staff read them; empty for none.

    Raises KeyError if a change lacks "field", "from" or "to".
    """
    return [
        (
            field_label(change["field"]),
            display_value(change["field"], change["from"]),
            display_value(change["field"], change["to"]),
        )
        for change in changes
    ]


def window_parts(target: Target) -> list[str]:
    """Return a target's time window in the site's time zone, such as ["09:00–12:00"], or a dash if there is none.

    An end on another day than the route date, or than the start, has its day: ["26.06.2026", "09:00–12:00"], or
    ["22:00–", "26.06.2026 04:00"]. "…" stands for a missing start or end. A line may be broken between two parts.
    """
    if not (target.time_window_start or target.time_window_end):
        return [EMPTY]
    day, days, times = target.route_date, [], []
    for moment in map(_local, (target.time_window_start, target.time_window_end)):
        days.append(date_format(moment, "SHORT_DATE_FORMAT") if moment and moment.date() != day else "")
        times.append(f"{moment:%H:%M}" if moment else "…")
        day = moment.date() if moment else day
    if days[1]:
        return [f"{days[0]} {times[0]}–".strip(), f"{days[1]} {times[1]}"]
    return [*filter(None, days), "–".join(times)]


def _local(moment: datetime | None) -> datetime | None:
    """Return a moment in the site's time zone, or None for None."""
    return localtime(moment) if moment else None
