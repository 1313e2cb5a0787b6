"""What the admin's pages of targets and of imports share: bounded counts, badges, readable values."""

import json
from typing import Any, cast

from django.contrib.admin.utils import display_for_value
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from ordinavo.common.findings import quote
from targets import paths

COUNTED = 10_000

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
PRIORITY_VARIANTS = {"Urgent": "danger", "High": "warning", "Medium": "info", "Low": ""}
WARNINGS = {
    "missing_coordinates": _("No coordinates"),
    "due_outside_time_window": _("Due outside window"),
}


class BoundedPaginator(Paginator):
    """Counts to COUNTED and no further: nobody turns a hundred pages, and a million rows count slowly."""

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def count(self) -> int:
        return min(self._counted, COUNTED)

    @property
    def is_cut(self) -> bool:
        return self._counted > COUNTED

    @cached_property
    def _counted(self) -> int:
        return cast("QuerySet[Any]", self.object_list).order_by()[: COUNTED + 1].count()


def status_badge(row: Any) -> SafeString:
    """Of any row that has a status with choices."""
    return badge(row.get_status_display(), STATUS_VARIANTS[row.status])


def badge(text: Any, variant: str = "", href: str | None = None) -> SafeString:
    context = {"text": text, "variant": variant, "href": href}
    return render_to_string("unfold/helpers/label.html", context)


def label(path: str) -> str:
    """A path of the contract as staff read it."""
    if path == "status":
        return str(capfirst(_("status")))
    if path == "templateKey":
        return str(capfirst(_("template")))
    if path in paths.COLUMN_BY_PATH:
        return str(capfirst(paths.model_field(path).verbose_name))
    return path.removeprefix(paths.CUSTOM_PREFIX)


def shown(path: str, value: Any) -> str:
    """A value as it is in a record of changes, as staff read it: times in the zone of the site."""
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if path in paths.COLUMN_BY_PATH:
        try:
            value = paths.model_field(path).to_python(value)
        except ValidationError:
            return quote(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False, default=str)
    return display_for_value(value, "–")
