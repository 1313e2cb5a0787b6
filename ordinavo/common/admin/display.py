"""Parts of a list page that several apps show: a paginator with a bounded count, and coloured badges."""

from collections.abc import Sequence
from typing import Any, cast

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from ordinavo.common.codes import Code

MAX_COUNTED_ROWS = 10_000
"""A list with more rows than this is shown as "more than 10,000"."""

MAX_LISTED_BADGES = 3
"""Badges of warnings in one row of a list, so that the row stays low. The page of the object has all of them."""

STATUS_VARIANTS = {
    "Active": "success",
    "Cancelled": "danger",
    "Created": "success",
    "Updated": "info",
    "Pending": "",
    "Processing": "info",
    "Completed": "success",
    "PartiallyFailed": "warning",
    "Failed": "danger",
    "Rejected": "danger",
    "Skipped": "warning",
    "Corrected": "info",
    "Reopened": "success",
}
"""The colour of every status that the admin shows, as the variant of Unfold's label."""


class BoundedPaginator(Paginator):
    """A paginator that counts at most MAX_COUNTED_ROWS rows, because counting millions is slow."""

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or MAX_COUNTED_ROWS if there are more. Makes one query, the first time."""
        return min(self._counted, MAX_COUNTED_ROWS)

    @property
    def is_cut(self) -> bool:
        """Whether there are more rows than `count` says."""
        return self._counted > MAX_COUNTED_ROWS

    @cached_property
    def _counted(self) -> int:
        """Return the number of rows, or MAX_COUNTED_ROWS + 1 if there are more. Makes one query, the first time."""
        return cast("QuerySet[Any]", self.object_list).order_by()[: MAX_COUNTED_ROWS + 1].count()


def status_badge(row: Any) -> SafeString:
    """Return the badge, as HTML, of the status of a model object, translated.

    The colour is that of STATUS_VARIANTS. Raises KeyError if it has no such status.
    """
    return badge(row.get_status_display(), STATUS_VARIANTS[row.status])


def warning_badges(codes: Sequence[str], at_most: int | None = None) -> SafeString:
    """Return a badge for each of these warnings as HTML, empty if there is none.

    If there are more than `at_most`, the last badge is the number of the others, such as "+2". A code that no longer
    exists is shown as it is.
    """
    names = [finding_name(code) for code in codes[:at_most]]
    if len(codes) > len(names):
        names.append(f"+{len(codes) - len(names)}")
    badges = format_html_join("", "{}", ((badge(name, "warning"),) for name in names))
    return format_html('<span class="badges">{}</span>', badges) if badges else badges


def finding_name(code: str) -> Any:
    """Return the short name of an item error or a warning, translated when it is shown, or the code if it has none."""
    return next((known.badge for known in Code if known == code and known.badge), code)


def badge(text: Any, variant: str = "", href: str | None = None) -> SafeString:
    """Return a short coloured label as HTML, as a link if an address is given.

    The variant is one of Unfold: "success", "info", "warning", "danger", or "" for grey.
    """
    context = {"text": text, "variant": variant, "href": href}
    return render_to_string("unfold/helpers/label.html", context)
