"""Rules between the fields of a target. They hold for imports and for corrections by staff alike."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from targets import paths
from targets.models import Target


def violations_of(target: Target) -> Iterator[Finding]:
    """Yield an error for each rule between fields that the target breaks. The database refuses the same targets.

    The rules: a time window ends after it starts; latitude and longitude go together. Yields nothing if both hold.
    """
    start, end = target.time_window_start, target.time_window_end
    if start and end and start >= end:
        yield Finding(
            Code.INVALID_TIME_WINDOW,
            "planning.timeWindowEndUtc",
            f"The time window must end after it starts; it starts {_in_utc(start)} and ends {_in_utc(end)}.",
        )
    pair = ("address.latitude", "address.longitude")
    empty = [path for path in pair if paths.get_value(target, path) is None]
    if len(empty) == 1:
        yield Finding(
            Code.INCOMPLETE_COORDINATES,
            empty[0],
            f"{pair[0]} and {pair[1]} go together; {empty[0]} has no value.",
        )


def warnings_of(target: Target) -> Iterator[Finding]:
    """Yield a warning for an address without coordinates, and one for a due time outside the time window.

    An address is a street, a postal code or a city. A time window may have only a start or only an end. Yields nothing
    if neither is the case.
    """
    has_address = target.street or target.postal_code or target.city
    if has_address and target.latitude is None:
        message = "The address has no latitude and longitude, so no route can be planned to it yet."
        yield Finding(Code.MISSING_COORDINATES, "address", message)
    due, start, end = target.due_at, target.time_window_start, target.time_window_end
    if due and ((start and due < start) or (end and due > end)):
        message = f"planning.dueAtUtc ({_in_utc(due)}) lies outside the time window."
        yield Finding(Code.DUE_OUTSIDE_TIME_WINDOW, "planning.dueAtUtc", message)


def warning_codes(target: Target) -> list[str]:
    """Return the codes of the target's warnings, as `Target.warnings` stores them; empty if there are none."""
    return [str(warning.code) for warning in warnings_of(target)]


def _in_utc(moment: datetime) -> str:
    """Return a moment as text in UTC, without fractions of a second, such as "2026-06-25T08:00:00Z"."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
