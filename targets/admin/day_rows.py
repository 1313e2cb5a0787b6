"""The stops of a day as rows of its page: what each shows, and its HTML."""

from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ordinavo.common.admin.display import finding_name
from ordinavo.common.findings import cut
from targets import day as days
from targets.admin.display import EMPTY, window_parts
from targets.models import Target

MIN_BAR_MINUTES = 6
"""The width of the bar of a window without a length, so that it can be seen."""
BODY_ROWS = 25
"""The rows of the list that are laid out together, when the first of them comes into sight."""
MAX_NOTE = 300
"""Characters of a description that the list shows."""
MARKS = {"plain": "", "warned": "!", "corrected": "✎", "cancelled": "×", "unplaced": "?"}
"""By the kind of a mark: its symbol."""

# 2,000 rows take a template about one second, and Python a tenth of it.
_ROW = """<tr class="stop" data-kind="{kind}"{place}>
<td class="stop-window">{window}</td>
<td class="day-bar">{bar}</td>
<td class="stop-customer">{customer}</td>
<td class="stop-phone">{phone}</td>
<td class="stop-address">{address}</td>
<th scope="row"><a class="stop-link" href="{page}">{number}</a> <span class="stop-title">{title}</span></th>
<td class="stop-priority">{priority}</td>
<td class="stop-notes">{notes}</td>
</tr>
"""
_PLACE = ' data-lat="{}" data-lon="{}" data-city="{}"'
_BAR = '<a href="{}" tabindex="-1" aria-hidden="true"><svg><rect x="{}%" width="{}%" height="100%"/></svg></a>'
_NOTE = '<span class="note"><span class="mark mark-{}" aria-hidden="true">{}</span> {}</span>'


@dataclass(frozen=True)
class TimeLine:
    """The part of the day that the bars of the windows show."""

    first: int
    """The hour at which it begins."""
    last: int
    """The hour at which it ends."""

    @property
    def hours(self) -> range:
        """The hours that begin on it."""
        return range(self.first, self.last)

    @property
    def minutes(self) -> int:
        """Its length."""
        return (self.last - self.first) * 60

    def bar(self, target: Target) -> tuple[int, int] | None:
        """Return the start and the length of a window's bar, in minutes since the begin of the time line.

        A window that lies outside the time line has a short bar at its edge. None for a target without a window.
        """
        if not (window := days.window_minutes(target)):
            return None
        first, last = self.first * 60, self.last * 60
        start = min(max(window[0], first), last - MIN_BAR_MINUTES)
        end = max(min(window[1], last), start + MIN_BAR_MINUTES)
        return start - first, end - start


def time_line(targets: list[Target]) -> TimeLine:
    """Return a time line from 8 to 18 o'clock, or longer if the windows of the targets need it."""
    windows = [window for window in map(days.window_minutes, targets) if window]
    starts = [start for start, _end in windows if start > 0]
    ends = [end for _start, end in windows if end < days.MINUTES_OF_DAY]
    return TimeLine(min([8, *(start // 60 for start in starts)]), max([18, *(-(-end // 60) for end in ends)]))


@dataclass(frozen=True)
class Stop:
    """A target as a row of the list of a day. The target has the attribute `is_corrected`."""

    target: Any
    line: TimeLine
    kind: str
    """Which marker it has on the map: cancelled, warned, corrected or plain. The first that fits."""

    @property
    def is_cancelled(self) -> bool:
        """Whether the target is cancelled."""
        return self.kind == "cancelled"

    @property
    def has_window(self) -> bool:
        """Whether the target has a start or an end of a time window."""
        return bool(self.target.time_window_start or self.target.time_window_end)

    @property
    def has_place(self) -> bool:
        """Whether the target has coordinates."""
        return self.target.latitude is not None

    @property
    def page(self) -> str:
        """The address of the target's page, relative to the page of a day."""
        return f"../{self.target.pk}/change/"

    def row(self) -> SafeString:
        """Return the row of the list as HTML. JavaScript reads the stops of the map from the same rows."""
        target, page = self.target, self.page
        return format_html(
            _ROW,
            kind=self.kind, place=_place(target) if self.has_place else "", window=_window(target),
            bar=self._bar(page), customer=target.customer_name or EMPTY, phone=target.customer_phone,
            address=_address(target), page=page, number=target.external_id, title=target.title,
            priority=str(Target.Priority(target.priority).label) if target.priority else EMPTY,
            notes=format_html("{} {}", format_html_join(" ", _NOTE, self._notes()), cut(target.description, MAX_NOTE)),
        )  # fmt: skip

    def _bar(self, page: str) -> str:
        """Return the bar of the window as a link to the target's page, or "" for a target without a window."""
        if not (bar := self.line.bar(self.target)):
            return ""
        return format_html(_BAR, page, *(f"{100 * minutes / self.line.minutes:.2f}" for minutes in bar))

    def _notes(self) -> list[tuple[str, str, str]]:
        """Return the kind, the symbol and the text of each mark of the target. A cancelled one has no warnings."""
        notes = [("cancelled", _("Cancelled"))] if self.is_cancelled else []
        if not self.is_cancelled:
            notes += [("warned", str(finding_name(code))) for code in self.target.warnings]
        if self.target.is_corrected:
            notes.append(("corrected", _("Corrected")))
        if not self.has_place and "missing_coordinates" not in self.target.warnings:
            notes.append(("unplaced", _("Without coordinates")))
        return [(kind, MARKS[kind], text) for kind, text in notes]


@dataclass(frozen=True)
class Group:
    """Stops under one heading of the list."""

    heading: str
    stops: list[Stop]

    def bodies(self) -> list[list[Stop]]:
        """Return the stops as bodies of the table, with at most BODY_ROWS rows each."""
        return [self.stops[start : start + BODY_ROWS] for start in range(0, len(self.stops), BODY_ROWS)]


def make_stop(target: Any, line: TimeLine) -> Stop:
    """Return the row of a target that has the attribute `is_corrected`."""
    if target.status == Target.Status.CANCELLED:
        return Stop(target, line, "cancelled")
    if target.warnings:
        return Stop(target, line, "warned")
    return Stop(target, line, "corrected" if target.is_corrected else "plain")


def _place(target: Target) -> SafeString:
    """Return the attributes of a row that the map reads."""
    return format_html(_PLACE, f"{target.latitude:.6f}", f"{target.longitude:.6f}", target.city)


def _window(target: Target) -> str:
    """Return a target's window as HTML that is broken only between its parts."""
    parts = window_parts(target)
    return parts[0] if len(parts) == 1 else format_html_join(" ", '<span class="unbroken">{}</span>', zip(parts))


def _address(target: Target) -> str:
    """Return a target's street, postal code and city as one line, or a dash if it has none of them."""
    city = " ".join(filter(None, (target.postal_code, target.city)))
    return ", ".join(filter(None, (target.street, city))) or EMPTY
