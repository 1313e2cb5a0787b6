"""The pages on which staff check, replay and dismiss rejected items."""

from collections import Counter
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

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
from importjobs.admin import replay_messages
from importjobs.admin.forms import DismissForm, ReplayAllForm
from importjobs.admin.replay_form import ReplayForm
from importjobs.models import ImportItem
from importjobs.replay_attempts import Changes
from ordinavo.common.request_context import context_of

MAX_LISTED_REJECTIONS = 50
"""The largest number of items that the page of a check lists as rejected again."""


class ReplayViews(ModelAdmin):
    """The buttons and pages to replay and dismiss rejected items, one or many. ImportItemAdmin inherits them."""

    @action(description=gettext_lazy("Fix and replay"), icon="replay", permissions=["replay"], url_path="replay")
    def replay_this(self, request: Any, object_id: str) -> HttpResponse:
        """Show the fields of an item for correction, show what a replay of it would do, or replay it and redirect.

        A valid post is replayed if it came from the button "_replay" and the target of the posted payload has no newer
        import, or the user consented to overwrite that. Any other valid post only shows the result of a check, and an
        invalid one the form again with its errors. Shows a message and redirects to the item if it is not open. Raises
        Http404 for an unknown id, PermissionDenied if the user may not replay, and OperationalError if other
        transactions keep changing the target.
        """
        item = self._get_item(request, object_id)
        if not _is_open(item):
            return self._redirect_handled(request, item)
        form = ReplayForm(request.POST or None, item=item)
        context: dict[str, Any] = {"item": item, "back_url": _item_url(request, item)}
        if form.is_valid():
            payload = form.cleaned_data["payload"]
            context["newer"] = replays.newer(item, payload)
            is_confirmed = not context["newer"] or form.cleaned_data["over_newer"]
            if "_replay" in request.POST and is_confirmed and (answer := self._replay(request, item, form)):
                return answer
            context["result"] = replays.check(item, payload)
            form = form.next_step(context["result"])
        else:
            context["newer"] = replays.newer(item, item.payload)
        context["form"] = form
        title = _("Fix and replay %(item)s") % {"item": self.number(item)}
        return self._page(request, "replay", title, context)

    @action(description=gettext_lazy("Dismiss"), icon="done", permissions=["replay"], url_path="dismiss")
    def dismiss_this(self, request: Any, object_id: str) -> HttpResponse:
        """Return a page that asks for a reason; when it is posted, mark the item as dismissed and redirect to it.

        Stores the reason and the user's name, and shows a message. Without a valid reason nothing is dismissed, and the
        page is returned again with the error. If the item is not open, it is left unchanged, and the redirect shows a
        message that says so. Raises Http404 for an unknown id, and PermissionDenied if the user lacks the permission to
        replay, which allows both.
        """
        item = self._get_item(request, object_id)
        if not _is_open(item):
            return self._redirect_handled(request, item)
        form = DismissForm(request.POST or None)
        back = reverse("admin:importjobs_importitem_change", args=[item.pk])
        if form.is_valid():
            items = ImportItem.objects.filter(pk=item.pk)
            if not replays.dismiss(items=items, note=form.cleaned_data["note"], by=request.user.get_username()):
                return self._redirect_handled(request, item)
            messages.success(request, _("The item was dismissed."))
            return HttpResponseRedirect(back)
        context = self.admin_site.each_context(request) | {
            "title": _("Dismiss %(item)s") % {"item": self.number(item)},
            "form": form, "verb": _("Dismiss"), "back": back,
            "explanation": _("The item counts as handled. It stays in the list of import items."),
        }  # fmt: skip
        return TemplateResponse(request, "admin/ask.html", context)

    @admin.action(description=gettext_lazy("Check and replay"), permissions=["replay"])
    def replay_selected(self, request: HttpRequest, queryset: QuerySet[ImportItem]) -> HttpResponse | None:
        """Return the page that shows what a replay of the open ones of the selected items would do.

        Its button then replays them; nothing is replayed yet. Only the first `replays.AT_ONCE` open items are checked.
        If none is open, a message says so and None is returned, so that Django redirects to the list. Django offers the
        action only to users who may replay.
        """
        if not queryset.filter(status=ImportItem.Status.REJECTED, handled_at=None).exists():
            messages.info(request, replay_messages.nothing_to_replay())
            return None
        return self.show_check(request, queryset, back=request.get_full_path())

    @admin.action(description=gettext_lazy("Dismiss"), permissions=["replay"])
    def dismiss_selected(self, request: Any, queryset: QuerySet[ImportItem]) -> HttpResponse | None:
        """Return a page that asks for a reason; when it is posted, dismiss the open ones of the selected items.

        Stores the reason and the user's name in each, shows a message with their number (perhaps 0) and returns None,
        so that Django redirects to the list. Without a valid reason nothing is dismissed, and the page is returned
        again with the error. The page passes on at most `replays.AT_ONCE` selected items. Django offers the action only
        to users who may replay.
        """
        form = DismissForm(request.POST if "note" in request.POST else None)
        if form.is_valid():
            count = replays.dismiss(items=queryset, note=form.cleaned_data["note"], by=request.user.get_username())
            messages.success(request, ngettext("%d item was dismissed.", "%d items were dismissed.", count) % count)
            return None
        chosen = list(queryset.values_list("pk", flat=True)[: replays.AT_ONCE])
        title = f"{_('Dismiss')}: {len(chosen):,}"
        return self._page(request, "dismiss_many", title, {"form": form, "chosen": chosen})

    def show_check(
        self,
        request: HttpRequest,
        items: QuerySet[ImportItem],
        *,
        changes: Changes | None = None,
        told: Iterable[str] = (),
        back: str = "",
        has_more: bool = False,
    ) -> HttpResponse:
        """Return a page that shows what a replay of the open ones of these items would do, and a button that does it.

        Only the first `replays.AT_ONCE` open items are checked; if there may be more, or `has_more` is true, the page
        says so. `changes` replace values of the payloads, and `told` are sentences that tell them. The page counts the
        items by the status that they would get, and those whose target has a newer import. The button replays only the
        items that would not be rejected again, and is absent if there are none. At most MAX_LISTED_REJECTIONS of the
        others are listed, and all source systems of the items that are paused: a replay is possible nevertheless.
        `back` is the address to which the page and the replay lead back. Nothing is written, and the user's permission
        is not checked.
        """
        checked = replays.check_all(items, changes)
        accepted = [item for item, result in checked if not result.errors]
        newer = sum(item.has_newer for item in accepted)  # type: ignore[attr-defined]
        rejected = [(item, result) for item, result in checked if result.errors]
        numbers = ",".join(str(item.pk) for item in accepted)
        form = ReplayAllForm.with_changes(changes or Changes(), {"items": numbers, "back": back})
        systems = dict.fromkeys(item.job.source_system for item, _result in checked)
        outcomes = Counter(result.get_status_display() for _item, result in checked)
        context = {
            "form": form, "total": len(checked), "newer": newer, "rejected": rejected[:MAX_LISTED_REJECTIONS],
            "accepted": len(accepted), "rejected_count": len(rejected),
            "changes": list(told),
            "paused": [system for system in systems if system.paused_at],
            "outcomes": outcomes.items(), "has_more": has_more or len(checked) == replays.AT_ONCE,
            "action_url": reverse("admin:importjobs_importitem_replay_many"),
            "back_url": back or _open_items_url(),
        }  # fmt: skip
        return self._page(request, "replay_many", _("Check and replay"), context)

    def replay_many(self, request: Any) -> HttpResponse:
        """Replay the open ones of the posted items, and show messages with the outcomes.

        The payloads are those that were sent, with the posted changes. Items with a newer import are skipped unless the
        user consented to overwrite it. The user's name is stored with the jobs and the old items. Ids that are unknown
        or not open are ignored. Redirects to the posted address, else to the new job, or to the list of open items if
        there are several jobs or none. Only shows a warning and redirects to that list if the posted ids are missing or
        not numbers. Raises PermissionDenied if the user may not replay, and OperationalError if other transactions keep
        changing a target.
        """
        if not self.has_replay_permission(request):
            raise PermissionDenied
        open_items = HttpResponseRedirect(_open_items_url())
        form = ReplayAllForm(request.POST)
        if not form.is_valid():
            messages.warning(request, _("Choose the items again."))
            return open_items
        replayed = replays.replay_all(
            items=ImportItem.objects.filter(pk__in=form.cleaned_data["items"]),
            by=request.user.get_username(),
            correlation_id=context_of(request).correlation_id,
            over_newer=form.cleaned_data["over_newer"],
            changes=form.all_changes(),
        )
        replay_messages.report(request, replayed)
        if back := form.cleaned_data["back"]:
            return HttpResponseRedirect(back)
        if len(replayed.jobs) == 1:
            return HttpResponseRedirect(reverse("admin:importjobs_importjob_change", args=[replayed.jobs[0].pk]))
        return open_items

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of the pages of items, with that of `replay_many` before the others."""
        view = self.admin_site.admin_view(self.replay_many)
        return [path("replay-many/", view, name="importjobs_importitem_replay_many"), *super().get_urls()]

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return the buttons of an item's page that the user may use: none if the item is unknown or not open."""
        item = self.get_object(request, str(object_id))
        return super().get_actions_detail(request, object_id) if item and _is_open(item) else []

    def keep_filters(self, request: HttpRequest, context: dict[str, Any]) -> None:
        """Add the filters of the list, from which the user came, to the buttons of an item's page."""
        if filters := request.GET.get("_changelist_filters"):
            query = urlencode({"_changelist_filters": filters})
            for button in context.get("actions_detail") or []:
                button["path"] = f"{button['path']}?{query}"

    def _replay(self, request: Any, item: ImportItem, form: ReplayForm) -> HttpResponse | None:
        """Replay an item with the payload of a valid form, show a message, and redirect to the list or the new item.

        Redirects to the list if the user came from it, with its filters. Returns None if the replay is rejected again,
        so that the caller shows why. Redirects to the old item if somebody has replayed or dismissed it meanwhile, and
        back to this page if the payload's target was imported meanwhile and the user did not consent to overwrite that.
        Raises OperationalError if other transactions keep changing the target.
        """
        try:
            made = replays.replay(
                item=item,
                payload=form.cleaned_data["payload"],
                by=request.user.get_username(),
                correlation_id=context_of(request).correlation_id,
                over_newer=form.cleaned_data["over_newer"],
            )
        except replays.AlreadyHandled:
            return self._redirect_handled(request, item)
        except replays.NewerImport:
            messages.warning(request, _("The target has been imported in the meantime. Check the newer import first."))
            return HttpResponseRedirect(request.get_full_path())
        except replays.RejectedAgain:
            messages.error(request, _("The replay was rejected again. The item stays open."))
            return None
        messages.success(request, _("Replayed: %(status)s.") % {"status": made.get_status_display()})
        made_url = reverse("admin:importjobs_importitem_change", args=[made.pk])
        return HttpResponseRedirect(_filtered_list_url(request) or made_url)

    def _get_item(self, request: HttpRequest, object_id: str) -> ImportItem:
        """Return the item with this id. Raises Http404 if there is none, or if the id cannot be one."""
        if item := self.get_object(request, object_id):
            return item
        raise Http404

    def _redirect_handled(self, request: HttpRequest, item: ImportItem) -> HttpResponse:
        """Show the message that the item is not open, and return a redirect to its page."""
        messages.info(request, _("The item was not rejected, or it has already been handled."))
        return HttpResponseRedirect(reverse("admin:importjobs_importitem_change", args=[item.pk]))

    def _page(self, request: HttpRequest, name: str, title: str, context: dict[str, Any]) -> HttpResponse:
        """Return an admin page made from `admin/importjobs/importitem/<name>.html` with these values in its context."""
        site_context = self.admin_site.each_context(request) | {"title": title}
        return TemplateResponse(request, f"admin/importjobs/importitem/{name}.html", site_context | context)


def _open_items_url() -> str:
    """Return the address of the list of items, filtered to the open ones."""
    return reverse("admin:importjobs_importitem_changelist") + "?handling=open"


def _item_url(request: HttpRequest, item: ImportItem) -> str:
    """Return the address of an item's page, with the filters of the list from which the user came."""
    url, query = reverse("admin:importjobs_importitem_change", args=[item.pk]), request.GET.urlencode()
    return f"{url}?{query}" if query else url


def _filtered_list_url(request: HttpRequest) -> str:
    """Return the address of the list of items with the filters that the user came from, or empty without filters."""
    filters = request.GET.get("_changelist_filters", "")
    return reverse("admin:importjobs_importitem_changelist") + f"?{filters}" if filters else ""


def _is_open(item: ImportItem) -> bool:
    """Return whether an item was rejected and staff have not handled it yet."""
    return item.status == ImportItem.Status.REJECTED and not item.handled_at
