"""Days and times in the time zone of the installation."""

from datetime import date, datetime, time

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ordinavo.common.limits import EARLIEST_YEAR, LATEST_YEAR


def midnight(day: date | None) -> datetime | None:
    """Return midnight at the start of a day in the site's time zone, or None for None."""
    return timezone.make_aware(datetime.combine(day, time.min)) if day else None


def moment_text(moment: datetime) -> str:
    """Return a moment in the time zone of the installation as staff read it, such as "25.06.2026 10:00"."""
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def validate_year(day: date) -> None:
    """Raise ValidationError for a day before EARLIEST_YEAR or after LATEST_YEAR, which no import may have."""
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        text = _("Enter a date from the years %(first)s to %(last)s.")
        raise ValidationError(text, params={"first": EARLIEST_YEAR, "last": LATEST_YEAR})
