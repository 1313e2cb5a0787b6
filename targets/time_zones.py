"""The time zones of the IANA database, by name."""

from functools import cache
from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

# Names in the database that are not time zones of places: that of the machine, and a placeholder for an unknown one.
_NO_PLACES = {"localtime", "Factory"}


@cache
def time_zone_names() -> tuple[str, ...]:
    """Return the names of all IANA time zones, except "localtime" and "Factory", in alphabetical order.

    The search for their files takes 50 ms and is done only once.
    """
    return tuple(sorted(available_timezones() - _NO_PLACES))


def validate_time_zone(name: str) -> None:
    """Raise Django's ValidationError unless the text is the name of an IANA time zone, such as "Europe/Berlin"."""
    if name not in time_zone_names():
        raise ValidationError(_("%(name)s is not a time zone. Enter one such as Europe/Berlin."), params={"name": name})
