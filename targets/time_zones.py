"""The time zones of the IANA database, by name."""

from functools import cache
from typing import Any
from zoneinfo import available_timezones

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

# Names in the database that are not time zones of places: that of the machine, and a placeholder for an unknown one.
_NO_PLACES = {"localtime", "Factory"}


@cache
def time_zone_names() -> tuple[str, ...]:
    """Return the names of all IANA time zones, except "localtime" and "Factory", in alphabetical order.

    The search for their files takes 50 ms and is done only once.
    """
    return tuple(sorted(available_timezones() - _NO_PLACES))


def names_of(rows: QuerySet[Any], path: str) -> list[str]:
    """Return the names of the time zones of the source systems of some rows, each once. Makes a query.

    `path` leads from a row to `SourceSystem.time_zone`. An empty name there is the time zone of the installation.
    """
    names = rows.order_by().values_list(path, flat=True).distinct()
    return sorted({name or settings.TIME_ZONE for name in names})


def validate_time_zone(name: str) -> None:
    """Raise Django's ValidationError unless the text is the name of an IANA time zone, such as "Europe/Berlin"."""
    if name not in time_zone_names():
        raise ValidationError(_("%(name)s is not a time zone. Enter one such as Europe/Berlin."), params={"name": name})
