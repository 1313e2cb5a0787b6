"""Rules between the fields of a target. They hold for imports and for corrections by staff alike."""

from collections.abc import Iterator
from datetime import UTC, datetime

from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding
from targets import paths, plausibility
from targets.models import Target

TARGET_WARNINGS = (
    Code.MISSING_COORDINATES,
    Code.IMPLAUSIBLE_COORDINATES,
    Code.IMPLAUSIBLE_POSTAL_CODE,
    Code.IMPLAUSIBLE_EMAIL,
    Code.DUE_OUTSIDE_TIME_WINDOW,
    Code.WINDOW_NOT_ON_ROUTE_DATE,
)
"""The warnings that are about a target as it is stored, and are stored with it."""


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
    """Yield a warning for each thing about a target that is probably wrong. Its codes are those of TARGET_WARNINGS.

    No query is made if the target's source system is loaded. A target without a value that a check needs has no warning
    of that check, except that an address needs coordinates. An address is a street, a postal code or a city.
    """
    if target.latitude is None or target.longitude is None:
        if target.street or target.postal_code or target.city:
            message = "The address has no latitude and longitude, so no route can be planned to it yet."
            yield Finding(Code.MISSING_COORDINATES, "address", message)
    else:
        yield from plausibility.coordinate_warnings(target)
    if target.country and target.postal_code:
        yield from plausibility.postal_code_warnings(target)
    if target.customer_email:
        yield from plausibility.email_warnings(target)
    due, start, end = target.due_at, target.time_window_start, target.time_window_end
    if due and ((start and due < start) or (end and due > end)):
        message = f"planning.dueAtUtc ({_in_utc(due)}) lies outside the time window."
        yield Finding(Code.DUE_OUTSIDE_TIME_WINDOW, "planning.dueAtUtc", message)
    if target.route_date and (start or end):
        yield from plausibility.window_warnings(target)


def warning_codes(target: Target) -> list[str]:
    """Return the codes of the target's warnings, as `Target.warnings` stores them; empty if there are none."""
    return [str(warning.code) for warning in warnings_of(target)]


def _in_utc(moment: datetime) -> str:
    """Return a moment as text in UTC, without fractions of a second, such as "2026-06-25T08:00:00Z"."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
