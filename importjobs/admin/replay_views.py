"""The pages on which staff fix, check, replay and dismiss rejected items."""

from collections import Counter
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import ModelAdmin
from unfold.decorators import action

from importjobs import replays
from importjobs.admin.forms import DismissForm, ReplayAllForm, ReplayForm
from importjobs.models import ImportItem
from ordinavo.common.codes import Code
from ordinavo.common.request_context import context_of

_SHOWN = 50
_REMEDIES = {code.value: code.staff_remedy for code in Code.item_errors()}


class ReplayViews(ModelAdmin):
    @action(description=gettext_lazy("Fix and replay"), icon="replay", permissions=["replay"], url_path="replay")
    def replay_this(self, request: Any, object_id: str) -> HttpResponse:
        item = self._unhandled(request, object_id)
        if isinstance(item, HttpResponse):
            return item
        form = ReplayForm(request.POST or None, item=item)
        context: dict[str, Any] = {"item": item, "form": form, "remedies": _REMEDIES}
        if form.is_valid():
            payload = form.cleaned_data["payload"]
            context["newer"] = replays.newer(item, payload)
            if "_replay" in request.POST and (not context["newer"] or form.cleaned_data["over_newer"]):
                return self._replay(request, item, form)
            context["result"] = replays.check(item, payload)
        else:
            context["newer"] = replays.newer(item, item.payload)
        title = _("Fix and replay %(item)s") % {"item": self.number(item)}
        return self._page(request, "replay", title, context)

    @action(description=gettext_lazy("Dismiss"), icon="done", permissions=["replay"], url_path="dismiss")
    def dismiss_this(self, request: Any, object_id: str) -> HttpResponse:
        item = self._unhandled(request, object_id)
        if isinstance(item, HttpResponse):
            return item
        form = DismissForm(request.POST or None)
        back = reverse("admin:importjobs_importitem_change", args=[item.pk])
        if form.is_valid():
            items = ImportItem.objects.filter(pk=item.pk)
            replays.dismiss(items=items, note=form.cleaned_data["note"], by=request.user.get_username())
            messages.success(request, _("Dismissed."))
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {
            "title": _("Dismiss %(item)s") % {"item": self.number(item)},
            "form": form, "verb": _("Dismiss"), "back": back,
            "explanation": _("The item counts as handled. Its record stays."),
        }  # fmt: skip
        return TemplateResponse(request, "admin/ask.html", context)

    @admin.action(description=gettext_lazy("Check and replay"), permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> HttpResponse:
        return self.check_many(request, queryset)

    @admin.action(description=gettext_lazy("Dismiss"), permissions=["replay"])
    def dismiss_selected(self, request: Any, queryset: QuerySet[ImportItem]) -> HttpResponse | None:
        form = DismissForm(request.POST if "note" in request.POST else None)
        if form.is_valid():
            count = replays.dismiss(items=queryset, note=form.cleaned_data["note"], by=request.user.get_username())
            messages.success(request, ngettext("%d item was dismissed.", "%d items were dismissed.", count) % count)
            return None
        chosen = list(queryset.values_list("pk", flat=True)[: replays.AT_ONCE])
        title = f"{_('Dismiss')}: {len(chosen):,}"
        return self._page(request, "dismiss_many", title, {"form": form, "chosen": chosen})

    def check_many(self, request: HttpRequest, items: QuerySet[ImportItem]) -> HttpResponse:
        """What a replay of these items would do, and the button to do it."""
        checked = replays.check_all(items)
        newer = sum(item.has_newer for item, _result in checked)  # type: ignore[attr-defined]
        rejected = [(item, result) for item, result in checked if result.errors]
        form = ReplayAllForm(initial={"items": ",".join(str(item.pk) for item, _result in checked)})
        outcomes = Counter(result.get_status_display() for _item, result in checked)
        context = {
            "form": form, "total": len(checked), "newer": newer, "rejected": rejected[:_SHOWN],
            "outcomes": outcomes.items(), "cut": len(checked) == replays.AT_ONCE,
            "action_url": reverse("admin:importjobs_importitem_replay_many"),
        }  # fmt: skip
        return self._page(request, "replay_many", _("Check and replay"), context)

    def replay_many(self, request: Any) -> HttpResponse:
        if not self.has_replay_permission(request):
            raise PermissionDenied
        listed = HttpResponseRedirect(reverse("admin:importjobs_importitem_changelist") + "?handling=open")
        form = ReplayAllForm(request.POST)
        if not form.is_valid():
            messages.warning(request, _("Choose the items again."))
            return listed
        done = replays.replay_all(
            items=ImportItem.objects.filter(pk__in=form.cleaned_data["items"]),
            by=request.user.get_username(),
            correlation_id=context_of(request).correlation_id,
            over_newer=form.cleaned_data["over_newer"],
        )
        self._say_what_became(request, done)
        if len(done.jobs) == 1:
            return HttpResponseRedirect(reverse("admin:importjobs_importjob_change", args=[done.jobs[0].pk]))
        return listed

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.replay_many)
        return [path("replay-many/", view, name="importjobs_importitem_replay_many"), *super().get_urls()]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        item = self.get_object(request, str(object_id))
        unhandled = item and item.status == ImportItem.Status.REJECTED and not item.handled_at
        return super().get_actions_detail(request, object_id) if unhandled else []

    def _replay(self, request: Any, item: ImportItem, form: ReplayForm) -> HttpResponse:
        try:
            made = replays.replay(
                item=item,
                payload=form.cleaned_data["payload"],
                by=request.user.get_username(),
                correlation_id=context_of(request).correlation_id,
                over_newer=form.cleaned_data["over_newer"],
            )
        except replays.AlreadyHandled:
            return self._handled_already(request, item)
        except replays.NewerImport:
            messages.warning(request, _("The target has been imported just now; look at it first."))
            return HttpResponseRedirect(request.path)
        if made.status == ImportItem.Status.REJECTED:
            messages.warning(request, _("Rejected again: %(error)s") % {"error": made.error_message})
        else:
            messages.success(request, _("Replayed: %(status)s.") % {"status": made.get_status_display()})
        return HttpResponseRedirect(reverse("admin:importjobs_importitem_change", args=[made.pk]))

    def _unhandled(self, request: HttpRequest, object_id: str) -> ImportItem | HttpResponse:
        item = self.get_object(request, object_id)
        if item is None:
            raise Http404
        if item.status != ImportItem.Status.REJECTED or item.handled_at:
            return self._handled_already(request, item)
        return item

    def _handled_already(self, request: HttpRequest, item: ImportItem) -> HttpResponse:
        messages.info(request, _("There is nothing to do: the item is not rejected, or somebody has handled it."))
        return HttpResponseRedirect(reverse("admin:importjobs_importitem_change", args=[item.pk]))

    def _say_what_became(self, request: HttpRequest, done: replays.Replayed) -> None:
        outcomes = Counter(item.get_status_display() for item in done.items)
        if outcomes:
            messages.success(request, ", ".join(f"{outcome}: {count}" for outcome, count in outcomes.items()))
        if done.skipped:
            text = ngettext(
                "%d item was left alone: its target has been imported since.",
                "%d items were left alone: their targets have been imported since.",
                done.skipped,
            )
            messages.warning(request, text % done.skipped)

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        around = self.admin_site.each_context(request) | {"title": title}
        return TemplateResponse(request, f"admin/importjobs/importitem/{name}.html", around | context)
