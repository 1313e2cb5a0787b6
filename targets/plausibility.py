"""Warnings about values of a target that are possible but probably wrong. They need no network and no query.

A false alarm about a correct order is worse than a missed mistake, so the checks are generous.
"""

import re
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from ordinavo.common import identifiers
from ordinavo.common.codes import Code
from ordinavo.common.findings import Finding, quote
from targets.geography import Country, country
from targets.models import Target

# Nearly all addresses. Django's validator takes the rest, such as those with a quoted name or an IP address.
_USUAL_EMAIL = re.compile(
    r"[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@(?:[a-z\d][a-z\d-]{0,62}(?<!-)\.)+[a-z]{2,63}",
    re.ASCII | re.IGNORECASE,
)
_validate_email = EmailValidator()
_zone = cache(ZoneInfo)  # quicker than the cache of zoneinfo itself


def coordinate_warnings(target: Target) -> Iterator[Finding]:
    """Yield a warning if the coordinates are 0/0, or lie outside the country of the address.

    The message says if they would lie inside with latitude and longitude swapped. Without a country, only 0/0 is
    checked. Raises TypeError if the target has no coordinates.
    """
    latitude, longitude = float(target.latitude), float(target.longitude)  # type: ignore[arg-type]
    if latitude == 0 and longitude == 0:
        message = "Latitude and longitude are both 0, which is a place in the sea."
        yield Finding(Code.IMPLAUSIBLE_COORDINATES, "address.latitude", message)
        return
    if not target.country:
        return
    land = country(target.country)
    if land.has_place(latitude, longitude):
        return
    message = f"Latitude {latitude:g} and longitude {longitude:g} lie outside {target.country}."
    if land.has_place(longitude, latitude):
        message = f"{message} If they are swapped, they lie inside."
    yield Finding(Code.IMPLAUSIBLE_COORDINATES, "address.latitude", message)


def postal_code_warnings(target: Target) -> Iterator[Finding]:
    """Yield a warning if the postal code does not have the format of the country.

    The target must have a country and a postal code. The message describes the format, and says if a leading zero may
    be lost.
    """
    land = country(target.country)
    if land.has_postal_code(target.postal_code):
        return
    message = (
        f"address.postalCode is {quote(target.postal_code)}; a postal code of {target.country} {_format_of(land)}."
    )
    if land.lacks_a_digit(target.postal_code):
        message = f"{message} A leading zero may be lost."
    yield Finding(Code.IMPLAUSIBLE_POSTAL_CODE, "address.postalCode", message)


def email_warnings(target: Target) -> Iterator[Finding]:
    """Yield a warning if the email is not one address, or has an invisible character or white space in it.

    White space around it is ignored.
    """
    text = target.customer_email.strip()
    if _USUAL_EMAIL.fullmatch(text):
        return
    try:
        _validate_email(text)
        is_plausible = identifiers.is_visible(text)  # the validator allows some invisible characters
    except ValidationError:
        is_plausible = False
    if not is_plausible:
        message = f"customer.email is {quote(target.customer_email)}, which is not an email address."
        yield Finding(Code.IMPLAUSIBLE_EMAIL, "customer.email", message)


def window_warnings(target: Target) -> Iterator[Finding]:
    """Yield a warning if the time window does not touch the route date, in the time zone of the source system.

    A window with only a start or only an end must have it on the route date. The target must have a route date, and a
    start or an end. There is no warning if the time zone moves one of them out of the years 1 to 9999.
    """
    start = target.time_window_start or target.time_window_end
    end = target.time_window_end or target.time_window_start
    name = target.source_system.time_zone or settings.TIME_ZONE
    zone = _zone(name)
    try:
        first, last = start.astimezone(zone).date(), end.astimezone(zone).date()  # type: ignore[union-attr]
    except OverflowError:
        return
    if not first <= target.route_date <= last:  # type: ignore[operator]
        days = f"on {first}" if first == last else f"from {first} to {last}"
        message = f"The time window is {days} in {name}, and the route date is {target.route_date}."
        yield Finding(Code.WINDOW_NOT_ON_ROUTE_DATE, "planning.routeDate", message)


def _format_of(land: Country) -> str:
    """Return the format of a country's postal codes for a message, such as "has 5 digits" or "looks like 1234 AB"."""
    if not land.digits:
        return f"looks like {land.example}"
    return f"has {' or '.join(map(str, land.digits))} digits"
