"""The time zones of the IANA database, by name."""

from zoneinfo import available_timezones

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _


def validate_time_zone(name: str) -> None:
    """Raise Django's ValidationError unless the text is the name of an IANA time zone, such as "Europe/Berlin"."""
    if name not in available_timezones():
        raise ValidationError(_("%(name)s is not a time zone. Enter one such as Europe/Berlin."), params={"name": name})
