"""The bulk actions of the list of targets. Each stores which targets were chosen, and leads to its preview."""

from django.contrib import admin, messages
from django.contrib.admin.views.main import PAGE_VAR
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ordinavo.common.admin.lists import ListAdmin
from ordinavo.common.limits import MAX_BULK_TARGETS
from targets import bulk_changes
from targets.models import BulkChange, Target

Action = BulkChange.Action


class BulkActions(ListAdmin):
    """The bulk actions of staff who may change targets. TargetAdmin inherits them."""

    actions = ["cancel_selected", "reopen_selected", "move_selected", "prioritise_selected", "follow_selected"]

    @admin.action(description=_("Cancel targets"), permissions=["change"])
    def cancel_selected(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Return a redirect to the page that asks whether to cancel the chosen targets."""
        return _prepare(request, queryset, Action.CANCEL)

    @admin.action(description=_("Reopen targets"), permissions=["change"])
    def reopen_selected(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Return a redirect to the page that asks whether to reopen the chosen targets."""
        return _prepare(request, queryset, Action.REOPEN)

    @admin.action(description=_("Move to another day"), permissions=["change"])
    def move_selected(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Return a redirect to the page that asks to which day to move the chosen targets."""
        return _prepare(request, queryset, Action.MOVE)

    @admin.action(description=_("Set the priority"), permissions=["change"])
    def prioritise_selected(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Return a redirect to the page that asks which priority the chosen targets get."""
        return _prepare(request, queryset, Action.PRIORITY)

    @admin.action(description=_("Follow the source system again"), permissions=["change"])
    def follow_selected(self, request: HttpRequest, queryset: QuerySet[Target]) -> HttpResponse | None:
        """Return a redirect to the page that asks which corrections of the chosen targets to drop."""
        return _prepare(request, queryset, Action.FOLLOW)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Return whether the address of the list may filter by a lookup: also by the bulk change that changed targets.

        The page of a bulk change links to the list of its targets this way.
        """
        return lookup == "edits__bulk_change" or super().lookup_allowed(lookup, value, request)


def _prepare(request: HttpRequest, targets: QuerySet[Target], action: str) -> HttpResponse | None:
    """Store the chosen targets, and return a redirect to the page with the preview.

    If more than MAX_BULK_TARGETS were chosen, show an error and return None, so that Django shows the same list again.
    """
    query = request.GET.copy()
    query.pop(PAGE_VAR, None)  # the list may have fewer pages afterwards
    try:
        change = bulk_changes.prepare(
            action=action,
            targets=targets,
            by=request.user.get_username(),
            list_query=query.urlencode(),
        )
    except bulk_changes.TooManyTargets:
        text = gettext(
            "More than %(limit)d targets were chosen. Filter the list further, for example by day, city or source "
            "system, and choose again."
        )
        messages.error(request, text % {"limit": MAX_BULK_TARGETS})
        return None
    return redirect("admin:targets_bulkchange_prepare", change.pk)
