"""Inputs for dates and times in the time zone of the installation."""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminDateWidget, UnfoldAdminTimeWidget

from ordinavo.common.local_days import moment_text
from ordinavo.common.times_of_day import parse_time


def local_moment(day: date, at: time) -> datetime:
    """Return the moment of a day and a time in the time zone of the installation.

    Raises ValidationError if the clocks skip this time, or show it twice, because daylight saving time begins or ends.
    """
    moment = datetime.combine(day, at, get_current_timezone())
    first, second = moment.utcoffset(), moment.replace(fold=1).utcoffset()
    if first == second or first is None or second is None:
        return moment
    message = (
        _("%(time)s on %(day)s does not exist, because the clocks go forward. Enter an earlier or a later time.")
        if first < second
        else _("%(time)s on %(day)s comes twice, because the clocks go back. Enter an earlier or a later time.")
    )
    raise ValidationError(message % {"time": f"{at:%H:%M}", "day": date_format(day, "SHORT_DATE_FORMAT")})


class TypedTimeField(forms.TimeField):
    """A time of day, in every form that `parse_time` reads, such as "14", "8.30" or "8 Uhr"."""

    default_error_messages: ClassVar[dict[str, Any]] = {
        "invalid": gettext_lazy("Enter a time such as 14:30, 8.30 or 8.")
    }

    def strptime(self, value: str, format: str) -> time:
        """Return the time. Raises ValueError if the text is none. The format is not used."""
        return parse_time(value)


class LocalDateTimeField(forms.SplitDateTimeField):
    """A date and a time in the time zone of the installation."""

    def __init__(self, **options: Any) -> None:
        """Make the two inputs. The options are those of Django's field."""
        super().__init__(**options)
        self.fields = (self.fields[0], TypedTimeField(localize=self.localize, disabled=self.disabled, required=False))

    def compress(self, data_list: Any) -> datetime | None:
        """Return the moment, or None if nothing was entered.

        Raises ValidationError if the date or the time is missing, or the clocks skip or repeat the time.
        """
        if not data_list:
            return None
        day, at = data_list
        if day is None:
            raise ValidationError(self.error_messages["invalid_date"], code="invalid_date")
        if at is None:
            raise ValidationError(self.error_messages["invalid_time"], code="invalid_time")
        return local_moment(day, at)


@dataclass(frozen=True)
class Window:
    """A time window. Each end may be missing."""

    start: datetime | None = None
    end: datetime | None = None
    day: date | None = None
    """The day that the control shows while there is no window."""

    def ends(self) -> tuple[datetime | None, datetime | None]:
        """Return the start and the end."""
        return self.start, self.end

    def __str__(self) -> str:
        """Return the window as staff read it, with "…" for a missing end."""
        return " – ".join(moment_text(moment) if moment else "…" for moment in self.ends())


class WindowWidget(forms.MultiWidget):
    """The day of a time window, its two times, and the day of its end if that is another."""

    template_name = "admin/targets/target/window.html"
    use_fieldset = True

    def __init__(self) -> None:
        """Make the four inputs. The times are shown without seconds."""
        times = [UnfoldAdminTimeWidget(format="%H:%M") for _end in range(2)]
        super().__init__([UnfoldAdminDateWidget(), *times, UnfoldAdminDateWidget()])

    def decompress(self, value: Window | None) -> list[Any]:
        """Return the four values of a window. The last is empty if the window ends on the day on which it starts."""
        if value is None:
            return [None] * 4
        start, end = (localtime(moment) if moment else None for moment in value.ends())
        first = start or end
        day = first.date() if first else value.day
        other_day = end.date() if end and end.date() != day else None
        return [day, start and _minute(start), end and _minute(end), other_day]

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """Return the context of the template, with a label for each input."""
        context = super().get_context(name, value, attrs)
        labels = (_("Day"), _("From"), _("To"), _("Ends on another day"))
        for part, label in zip(context["widget"]["subwidgets"], labels, strict=True):
            part["label"] = label
        return context


class WindowField(forms.MultiValueField):
    """A time window in the time zone of the installation, entered as a day and two times."""

    def __init__(self) -> None:
        """Make a field that may be empty, as a whole and in part."""
        parts = (forms.DateField(), TypedTimeField(), TypedTimeField(), forms.DateField())
        for part in parts:
            part.required = False
        super().__init__(
            parts, label=gettext_lazy("Time window"), widget=WindowWidget, required=False, require_all_fields=False
        )
        self.stored = Window()

    def compress(self, data_list: Any) -> Window:
        """Return the window. An end whose day and minute are those of `stored` keeps its stored moment.

        Raises ValidationError if the day is missing, the window does not end after it starts, or the clocks skip or
        repeat a time.
        """
        day, start_at, end_at, end_day = data_list or [None] * 4
        if not (start_at or end_at):
            if end_day:
                raise ValidationError(_("Enter the times of the window, or empty its last day."))
            return Window()
        if not day:
            raise ValidationError(_("Enter the day of the window."))
        start = _moment(day, start_at, self.stored.start) if start_at else None
        end = _moment(end_day or day, end_at, self.stored.end) if end_at else None
        if start and end and end <= start:
            raise ValidationError(_order_message(start, end))
        return Window(start, end)


def _order_message(start: datetime, end: datetime) -> str:
    """Return the error that a window ends before it starts, or when it starts."""
    message = _(
        "The time window must end after it starts; it starts %(start)s and ends %(end)s. "
        "If it ends on the next day, enter that day as well."
    )
    return message % {"start": moment_text(start), "end": moment_text(end)}


def _moment(day: date, at: time, stored: datetime | None) -> datetime:
    """Return the moment of a day and a time, or the stored one if it has the same day and minute."""
    local = localtime(stored) if stored else None
    if stored and local and (local.date(), _minute(local)) == (day, at):
        return stored
    return local_moment(day, at)


def _minute(moment: datetime) -> time:
    """Return the time of a local moment, without seconds."""
    return moment.time().replace(second=0, microsecond=0)
