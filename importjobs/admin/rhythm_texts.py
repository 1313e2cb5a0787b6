"""Sentences for staff about how often a source system sends."""

from datetime import datetime, timedelta

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from importjobs import silence
from importjobs.silence import Rhythm
from ordinavo.common.local_days import moment_text


def last_import_sentence(rhythm: Rhythm | None, now: datetime) -> str:
    """Return a translated sentence about the last own import of a source system. None means that it sent nothing."""
    if rhythm is None:
        return _("It has not sent anything yet.")
    values = {
        "time": moment_text(rhythm.last_import),
        "ago": ago(now - rhythm.last_import),
    }
    if rhythm.is_silent(now):
        return _("No imports since %(time)s (%(ago)s).") % values
    return _("Its last import was on %(time)s (%(ago)s).") % values


def pause_sentence(rhythm: Rhythm) -> str:
    """Return a translated sentence about the expected or the usual pause of a source system, or "" if none is known."""
    if rhythm.expected_pause is not None:
        return _("An import is expected at least every %(pause)s.") % {"pause": hours_or_days(rhythm.expected_pause)}
    if rhythm.usual_pause is None:
        return ""
    values = {"pause": hours_or_days(rhythm.usual_pause), "weeks": silence.WEEKS}
    if rhythm.weekday is None:
        return _("Its longest pause in the %(weeks)d weeks before: %(pause)s.") % values
    values["day"] = WEEKDAYS[rhythm.weekday]
    return _("Its longest pause after a %(day)s in the %(weeks)d weeks before: %(pause)s.") % values


def hours_or_days(pause: timedelta) -> str:
    """Return a translated text such as "14 hours", in hours below 48 hours, else in days, rounded to the nearest.

    The text is "less than 1 hour" for a pause of 0.
    """
    if not pause:
        return _("less than 1 hour")
    hours = round(pause / timedelta(hours=1))
    if hours < 48:
        return ngettext("%d hour", "%d hours", hours) % hours
    days = round(pause / timedelta(days=1))
    return ngettext("%d day", "%d days", days) % days


def ago(passed: timedelta) -> str:
    """Return a translated text such as "5 minutes ago", in whole minutes, hours or days.

    The text is "0 minutes ago" if `passed` is negative. Django's `timesince` returns "4 days", which German puts in
    another case after "vor" ("vor 4 Tagen").
    """
    minutes = max(int(passed.total_seconds() // 60), 0)
    if minutes < 60:
        return ngettext("%d minute ago", "%d minutes ago", minutes) % minutes
    if (hours := minutes // 60) < 24:
        return ngettext("%d hour ago", "%d hours ago", hours) % hours
    return ngettext("%d day ago", "%d days ago", hours // 24) % (hours // 24)
