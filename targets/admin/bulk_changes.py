"""The pages of bulk changes: the list of those that were applied, the page of one, its preview and its undo."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from ordinavo.common.admin.display import badge
from ordinavo.common.admin.list_filters import MomentRangeFilter
from ordinavo.common.admin.lists import UnchangedListAdmin
from ordinavo.common.limits import MAX_CANCELLATION_NOTE_LENGTH
from ordinavo.common.local_days import moment_text
from targets import bulk_changes
from targets.admin import bulk_display, bulk_sentences
from targets.admin.bulk_forms import FORMS, BulkForm
from targets.bulk_actions import Obstacle, Plan
from targets.models import BulkChange, Target

Action = BulkChange.Action


@admin.register(BulkChange)
class BulkChangeAdmin(UnchangedListAdmin):
    """The list of what staff changed in many targets at once. Staff who may view targets may view it."""

    list_display = ["applied", "what", "changed", "unchanged_column", "reason", "by", "undone"]
    list_display_links = ["applied", "what"]
    sortable_by: list[str] = []
    list_filter = ["action", ("applied_at", MomentRangeFilter)]
    list_filter_submit = True
    search_fields = ["reason", "by"]
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Return whether the user may view targets."""
        return request.user.has_perm("targets.view_target")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Return whether the user may view targets."""
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[BulkChange]:
        """Return the bulk changes that were applied."""
        return (
            super()
            .get_queryset(request)
            .filter(applied_at__isnull=False)
            .select_related("undoes")
            .prefetch_related("undos")
        )

    def get_urls(self) -> list[URLPattern]:
        """Return the paths of Django's pages, and before them those of the preview, the undo and the repetition."""
        pages = {"prepare": self.prepare_view, "undo": self.undo_view, "repeat": self.repeat_view}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(view), name=f"targets_bulkchange_{name}")
            for name, view in pages.items()
        ]
        return [*own, *super().get_urls()]

    def prepare_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what a prepared bulk change will do, with the form of its action. Apply it if "_apply" was posted.

        A post of "_preview" stores the parameters and shows the preview again, and so does one of "_apply" whose
        parameters are not those of the preview. Applying leads back to the list in which the targets were chosen. A
        change that was applied already leads to its page. Raises Http404 for an unknown number, and PermissionDenied
        if the user may not change targets.
        """
        change = _find(request, BulkChange.objects.exclude(action=Action.UNDO), pk)
        if change.applied_at:
            return redirect("admin:targets_bulkchange_change", change.pk)
        form = FORMS.get(change.action, BulkForm)(request.POST or None, change=change)
        if form.is_valid():
            return self._submit(request, change, form)
        has_preview = bool(change.parameters) or change.action not in FORMS
        return self._preview_page(request, change, form, bulk_changes.preview(change) if has_preview else None)

    def undo_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show what the undo of an applied bulk change would do, or do it if a reason was posted.

        A change that cannot be undone leads to its page with a message. Raises Http404 for an unknown number, and
        PermissionDenied if the user may not change targets.
        """
        original = _find(request, self.get_queryset(request), pk)
        if not bulk_changes.can_be_undone(original):
            messages.info(request, gettext("This bulk change cannot be undone, or was undone already."))
            return redirect("admin:targets_bulkchange_change", original.pk)
        undo = bulk_changes.undo_of(original)
        undo.reason = gettext("Undo: %(reason)s") % {"reason": original.reason}
        undo.reason = undo.reason[:MAX_CANCELLATION_NOTE_LENGTH]
        form = BulkForm(request.POST or None, change=undo)
        if form.is_valid():
            made = bulk_changes.undo(
                change=original, reason=form.cleaned_data["reason"], by=request.user.get_username()
            )
            return _report(request, made)
        return self._preview_page(request, undo, form, bulk_changes.preview(undo))

    def repeat_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Prepare the same bulk change for the targets that were locked, and lead to its preview. Only for a POST.

        Raises Http404 for an unknown number, and PermissionDenied if the user may not change targets.
        """
        change = _find(request, self.get_queryset(request).exclude(action=Action.UNDO), pk)
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        locked = change.unchanged.get(Obstacle.LOCKED, [])
        if not locked:
            messages.info(request, gettext("No target was locked, so there is nothing to try again."))
            return redirect("admin:targets_bulkchange_change", change.pk)
        again = bulk_changes.prepare(
            action=change.action,
            targets=Target.objects.filter(pk__in=locked),
            by=request.user.get_username(),
            list_query=change.list_query,
            parameters=change.parameters,
            reason=change.reason,
        )
        return redirect("admin:targets_bulkchange_prepare", again.pk)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show what an applied bulk change did: its first targets, those that it did not change, and its undo.

        Raises Http404 for an unknown number, and PermissionDenied for a POST or if the user may not view targets.
        """
        if request.method == "POST" or not self.has_view_permission(request):
            raise PermissionDenied
        change = self.get_object(request, object_id)
        if change is None:
            raise Http404
        edits = change.edits.select_related("target__template").order_by("id")[: bulk_display.MAX_NAMED]
        may_change = request.user.has_perm("targets.change_target")
        context = {
            "title": bulk_sentences.what(change), "change": change, "done": bulk_sentences.done(change),
            "staying": bulk_sentences.unchanged_count(change), "rows": bulk_display.rows_of(edits),
            "others": max(0, change.changed - bulk_display.MAX_NAMED),
            "groups": bulk_display.groups_of_applied(change), "undos": change.undos.all(),
            "can_undo": may_change and bulk_changes.can_be_undone(change),
            "can_repeat": may_change and change.action != Action.UNDO and Obstacle.LOCKED in change.unchanged,
            "targets_url": f"{_list_url()}?edits__bulk_change={change.pk}", "list_url": _list_url(change),
        }  # fmt: skip
        return self._page(request, "page", context)

    def _submit(self, request: HttpRequest, change: BulkChange, form: BulkForm) -> HttpResponse:
        """Apply a bulk change with a valid form, or store the form and lead to the preview of it.

        Raises Http404 if the bulk change was deleted meanwhile, because nobody had applied it for a day.
        """
        parameters, reason = form.parameters(), form.cleaned_data["reason"]
        try:
            if "_preview" not in request.POST:
                by = request.user.get_username()
                return _report(request, bulk_changes.apply(change=change, parameters=parameters, reason=reason, by=by))
        except BulkChange.DoesNotExist as error:
            raise Http404 from error
        except bulk_changes.PreviewOutdated:
            messages.warning(request, gettext("Nothing was changed yet. Check the new preview."))
        BulkChange.objects.filter(pk=change.pk, applied_at=None).update(parameters=parameters, reason=reason)
        return HttpResponseRedirect(request.path)

    def _preview_page(
        self, request: HttpRequest, change: BulkChange, form: BulkForm, plan: Plan | None
    ) -> HttpResponse:
        """Return the page with the form of a bulk change, and with the preview if there is a plan."""
        context = {
            "title": bulk_sentences.what(change), "change": change, "form": form, "list_url": _list_url(change),
            "explanation": bulk_sentences.EXPLANATIONS[change.action], "facts": bulk_display.facts_of(change),
            "chosen": len(change.target_ids), "has_parameters": change.action in FORMS, "plan": plan,
            "can_apply": plan is None or bool(plan.edits) or form.has_other_parameters(),
        }  # fmt: skip
        if plan:
            count, total = len(plan.edits), len(change.target_ids)
            context |= {
                "planned": bulk_sentences.planned(change, count), "button": bulk_sentences.button(change, count),
                "staying": bulk_sentences.staying(total - count) if total > count else "",
                "groups": bulk_display.groups_of_plan(plan), "new_warnings": bulk_display.new_warnings(plan),
                "rows": bulk_display.rows_of(plan.edits[: bulk_display.MAX_NAMED]),
                "others": max(0, count - bulk_display.MAX_NAMED),
            }  # fmt: skip
        return self._page(request, "preview", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        """Return an admin page made from `admin/targets/bulkchange/<name>.html` with these values in its context."""
        site_context = self.admin_site.each_context(request) | {"opts": self.opts}
        return TemplateResponse(request, f"admin/targets/bulkchange/{name}.html", site_context | context)

    @display(description=_("changed at"), ordering="id")
    def applied(self, change: BulkChange) -> str:
        """Return when a bulk change was applied, in the site's time zone and the user's format."""
        return moment_text(change.applied_at)  # type: ignore[arg-type]  # the list has no others

    @display(description=_("action"))
    def what(self, change: BulkChange) -> str:
        """Return what was done, with the new day, priority or fields."""
        return bulk_sentences.what(change)

    @display(description=_("unchanged targets"))
    def unchanged_column(self, change: BulkChange) -> int:
        """Return the number of chosen targets that were not changed."""
        return bulk_sentences.unchanged_count(change)

    @display(description=_("undone"))
    def undone(self, change: BulkChange) -> str:
        """Return a badge if a bulk change was undone, with a link to its undo, or else an empty text."""
        undos = change.undos.all()
        if not undos:
            return ""
        return badge(gettext("Undone"), "warning", reverse("admin:targets_bulkchange_change", args=[undos[0].pk]))


def _find(request: HttpRequest, changes: QuerySet[BulkChange], pk: int) -> BulkChange:
    """Return the bulk change with a number, for staff who may change targets.

    Raises PermissionDenied if the user may not, and Http404 if there is none with this number.
    """
    if not request.user.has_perm("targets.change_target"):
        raise PermissionDenied
    if found := changes.filter(pk=pk).first():
        return found
    raise Http404


def _list_url(change: BulkChange | None = None) -> str:
    """Return the address of the list of targets, with the filters by which those of a bulk change were chosen."""
    url = reverse("admin:targets_target_changelist")
    return f"{url}?{change.list_query}" if change and change.list_query else url


def _report(request: HttpRequest, change: BulkChange) -> HttpResponse:
    """Say what an applied bulk change did, and return a redirect to the list in which its targets were chosen.

    The message links to the page of the bulk change, where it can be undone.
    """
    message: SafeString = format_html(
        '{} {} <a class="underline" href="{}">{}</a>',
        bulk_sentences.done(change),
        bulk_sentences.not_done(change),
        reverse("admin:targets_bulkchange_change", args=[change.pk]),
        gettext("Show or undo") if bulk_changes.can_be_undone(change) else gettext("Show"),
    )
    is_complete = change.changed and Obstacle.LOCKED not in change.unchanged
    (messages.success if is_complete else messages.warning)(request, message)
    return HttpResponseRedirect(_list_url(change))
