"""What must be right between the fields of a target, whoever wrote them: an import or staff."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ordinavo.common.findings import Finding
from targets import paths
from targets.models import Target


def conflicts(target: Target) -> Iterator[Finding]:
    """What no target may have; the database's constraints say the same."""
    start, end = target.time_window_start, target.time_window_end
    if start and end and start >= end:
        yield Finding(
            "invalid_time_window",
            "planning.timeWindowEndUtc",
            f"The time window must end after it starts; it starts {_utc(start)} and ends {_utc(end)}.",
        )
    pair = ("address.latitude", "address.longitude")
    empty = [path for path in pair if paths.get_value(target, path) is None]
    if len(empty) == 1:
        yield Finding(
            "incomplete_coordinates",
            empty[0],
            f"{pair[0]} and {pair[1]} go together; {empty[0]} has no value.",
        )


def notices(target: Target) -> Iterator[Finding]:
    """What is allowed, but that somebody should look at."""
    has_address = target.street or target.postal_code or target.city
    if has_address and target.latitude is None:
        message = "The address has no latitude and longitude, so no route can be planned to it yet."
        yield Finding("missing_coordinates", "address", message)
    due, start, end = target.due_at, target.time_window_start, target.time_window_end
    if due and ((start and due < start) or (end and due > end)):
        message = f"planning.dueAtUtc ({_utc(due)}) lies outside the time window."
        yield Finding("due_outside_time_window", "planning.dueAtUtc", message)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
