"""The pages of rejections by cause: one for all causes, one for each cause, and one for each request for a choice."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from importjobs import choice_requests, open_causes, replays
from importjobs.admin import cause_pages
from importjobs.admin.cause_forms import DeclineForm, FilterForm
from importjobs.admin.cause_pages import CausePage
from importjobs.admin.forms import DismissForm
from importjobs.admin.replay_views import ReplayViews
from importjobs.models import ChoiceRequest, ImportItem
from templates.choices import ChoiceRefused, add_choice
from templates.models import CustomField, TargetTemplate


class CauseViews(ReplayViews):
    """The pages of rejections by cause. ImportItemAdmin inherits them."""

    def get_urls(self) -> list[Any]:
        """Return the URL patterns of these pages, before those of the list and of an item."""
        views: dict[str, Callable[..., HttpResponse]] = {
            "causes/": self.causes,
            "causes/<str:key>/": self.cause,
            "choice-requests/<int:pk>/": self.choice_request,
        }
        patterns = [
            path(route, self.admin_site.admin_view(view), name=f"importjobs_importitem_{view.__name__}")
            for route, view in views.items()
        ]
        return [*patterns, *super().get_urls()]

    def causes(self, request: HttpRequest) -> HttpResponse:
        """Return the page of the causes of all open rejected items, with the requests for choices.

        Raises PermissionDenied if the user may not view items. The number of queries does not depend on that of items.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = FilterForm.of_query(request.GET)
        waiting = list(choice_requests.waiting())
        keys = {one.pk: cause_pages.key_of(one) for one in waiting}
        found = open_causes.open_causes(form.chosen(), also=keys.values())
        items_by_key = {cause.key: cause.items for cause in found}
        context = {
            "filters": form,
            "is_filtered": any((form.chosen().job, form.chosen().source_system, form.chosen().day)),
            "causes": cause_pages.rows(found[: open_causes.MAX_OPEN_CAUSES], request.GET.urlencode()),
            "more_causes": max(found[0].causes - open_causes.MAX_OPEN_CAUSES, 0) if found else 0,
            "is_cut": found[0].is_cut if found else not open_causes.are_all_searched(),
            "waiting": [(one, items_by_key.get(keys[one.pk], 0)) for one in waiting],
            "decided": choice_requests.decided_for(request.user.get_username()),
            "may_change_templates": _may_change_templates(request),
        }
        return self._page(request, "causes", _("Rejections"), context)

    def cause(self, request: Any, key: str) -> HttpResponse:
        """Return the page of one cause, or do what its button says with all open items of the cause.

        The button "_correct" shows the check of a replay with the posted value, "_each" with one for each sent value,
        "_add" adds the sent value to the choices of the template and shows the check, "_check" shows the check of the
        payloads as they were sent, "_ask" stores a request for the choice, and "_dismiss" dismisses the items. The
        number of items that are checked is limited by `replays.AT_ONCE`. Raises PermissionDenied if the user may not do
        that.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = FilterForm.of_query(request.GET)
        cause = open_causes.find(form.chosen(), key)
        if cause is None:
            messages.info(request, _("No open item has this cause any more."))
            return HttpResponseRedirect(_causes_url(request))
        page = CausePage(cause, open_causes.items_of(form.chosen(), key), form.chosen())
        steps = {"_correct": self._correct_all, "_each": self._correct_each, "_add": self._add_choice,
                 "_check": self._check, "_ask": self._ask, "_dismiss": self._dismiss}  # fmt: skip
        step = next((step for button, step in steps.items() if button in request.POST), None)
        return step(request, page) if step else self._cause_page(request, page)

    def choice_request(self, request: Any, pk: int) -> HttpResponse:
        """Return the page on which a request for a choice is accepted or declined, or do it and redirect.

        An accepted one leads to its open items, so that they are checked and replayed. Raises PermissionDenied if the
        user may not change templates.
        """
        if not _may_change_templates(request):
            raise PermissionDenied
        wanted = choice_requests.waiting().filter(pk=pk).first()
        if wanted is None:
            messages.info(request, _("The request has already been decided."))
            return HttpResponseRedirect(_causes_url(request))
        form = DeclineForm(request.POST if "_decline" in request.POST else None)
        if "_accept" in request.POST or form.is_valid():
            return self._decide(request, wanted, form)
        items = open_causes.find(open_causes.Filter(), cause_pages.key_of(wanted))
        context = {"wanted": wanted, "form": form, "cause": items, "back_url": _causes_url(request)}
        return self._page(request, "choice_request", _("Request for a choice"), context)

    def _decide(self, request: Any, wanted: ChoiceRequest, form: DeclineForm) -> HttpResponse:
        """Accept a request, or decline it with the reason of the form, and redirect."""
        by = request.user.get_username()
        try:
            if "_accept" in request.POST:
                choice_requests.accept(request_id=wanted.pk, by=by)
                self._log_new_choice(request, wanted.field)
                messages.success(request, _("The choice was added. Check and replay the items that waited for it."))
                key = cause_pages.key_of(wanted)
                return HttpResponseRedirect(reverse("admin:importjobs_importitem_cause", args=[key]))
            choice_requests.decline(request_id=wanted.pk, reason=form.cleaned_data["reason"], by=by)
            messages.success(request, _("The request was declined."))
        except choice_requests.AlreadyDecided:
            messages.info(request, _("The request has already been decided."))
        except ChoiceRefused as refused:
            messages.error(request, str(refused))
        return HttpResponseRedirect(_causes_url(request))

    def _cause_page(self, request: HttpRequest, page: CausePage, **forms: Any) -> HttpResponse:
        """Return the page of a cause. `forms` replace those that were posted with errors."""
        context = {
            "cause": page.cause,
            "row": cause_pages.rows([page.cause], "")[0],
            "items": page.sample,
            "has_more": len(page.items) > len(page.sample),
            "may_replay": self.has_replay_permission(request),
            "may_change_templates": _may_change_templates(request),
            "choice_field": page.choice_field,
            "is_choice": page.choice_field is not None and page.is_choice,
            "is_asked": page.is_asked(),
            "choice_problem": page.choice_problem,
            "correct_form": page.correct_form(),
            "each_form": page.each_form(),
            "dismiss_form": DismissForm(has_focus=False),
            "back_url": _causes_url(request),
        }
        return self._page(request, "cause", _("Rejections by cause"), context | forms)

    def _correct_all(self, request: HttpRequest, page: CausePage) -> HttpResponse:
        """Return the check of a replay with the posted value, or the page with its error."""
        self._require_replay(request)
        form = page.correct_form(request.POST)
        if form is None or not form.is_valid():
            return self._cause_page(request, page, correct_form=form)
        return self._check(request, page, changes=form.changes(), told=form.told())

    def _correct_each(self, request: HttpRequest, page: CausePage) -> HttpResponse:
        """Return the check of a replay of the items whose values were corrected, or the page with its errors."""
        self._require_replay(request)
        form = page.each_form(request.POST)
        if form is None or not form.is_valid():
            return self._cause_page(request, page, each_form=form)
        changes = form.changes()
        return self._check(request, page, list(changes.of_items), changes=changes, told=form.told())

    def _check(
        self, request: HttpRequest, page: CausePage, ids: list[int] | None = None, **correction: Any
    ) -> HttpResponse:
        """Return the page that shows what a replay of these open items would do: by default all of the cause.

        `correction` has the `changes` of `show_check`, and the sentences that tell them.
        """
        self._require_replay(request)
        chosen = page.items if ids is None else ids
        items = ImportItem.objects.filter(pk__in=chosen[: replays.AT_ONCE])
        has_more = len(chosen) > replays.AT_ONCE
        return self.show_check(request, items, back=_causes_url(request), has_more=has_more, **correction)

    def _add_choice(self, request: Any, page: CausePage) -> HttpResponse:
        """Add the sent value to the choices of the template, and return the check of a replay.

        Without the permission to replay, the page of all causes is returned instead.
        """
        if not _may_change_templates(request):
            raise PermissionDenied
        field = page.choice_field
        try:
            if field is None:
                raise ChoiceRefused(_("The template has changed: the field has no choices any more."))
            if add_choice(field_id=field.pk, choice=page.cause.value):
                self._log_new_choice(request, field)
        except ChoiceRefused as refused:
            messages.error(request, str(refused))
            return HttpResponseRedirect(request.get_full_path())
        choice_requests.close_fulfilled(field_id=field.pk, choice=page.cause.value, by=request.user.get_username())
        messages.success(request, _("The choice was added to the template."))
        if not self.has_replay_permission(request):
            return HttpResponseRedirect(_causes_url(request))
        return self._check(request, page)

    def _log_new_choice(self, request: HttpRequest, field: CustomField) -> None:
        """Add an entry to the admin's history of the template, as its own page does."""
        change = {"changed": {"name": str(field._meta.verbose_name), "object": str(field), "fields": ["choices"]}}
        templates = self.admin_site.get_model_admin(TargetTemplate)
        templates.log_change(request, field.template, [change])

    def _ask(self, request: Any, page: CausePage) -> HttpResponse:
        """Store a request for the sent value as a choice, show a message and redirect to the page of all causes."""
        self._require_replay(request)
        field = page.choice_field
        try:
            if field is None:
                raise ChoiceRefused(_("The template has changed: the field has no choices any more."))
            choice_requests.ask(field_id=field.pk, choice=page.cause.value, by=request.user.get_username())
        except ChoiceRefused as refused:
            messages.error(request, str(refused))
        else:
            messages.success(
                request, _("The integration admins are asked to add the choice. Their answer is shown on this page.")
            )
        return HttpResponseRedirect(_causes_url(request))

    def _dismiss(self, request: Any, page: CausePage) -> HttpResponse:
        """Dismiss all open items of a cause with the posted reason, and redirect to the page of all causes."""
        self._require_replay(request)
        form = DismissForm(request.POST, has_focus=False)
        if not form.is_valid():
            return self._cause_page(request, page, dismiss_form=form)
        items = ImportItem.objects.filter(pk__in=page.items)
        count = replays.dismiss(items=items, note=form.cleaned_data["note"], by=request.user.get_username())
        messages.success(request, ngettext("%d item was dismissed.", "%d items were dismissed.", count) % count)
        return HttpResponseRedirect(_causes_url(request))

    def _require_replay(self, request: HttpRequest) -> None:
        """Raise PermissionDenied if the user may not replay and dismiss items."""
        if not self.has_replay_permission(request):
            raise PermissionDenied


def _may_change_templates(request: Any) -> bool:
    """Return whether the user may change the custom fields of templates."""
    return request.user.has_perms(["templates.change_targettemplate", "templates.change_customfield"])


def _causes_url(request: HttpRequest) -> str:
    """Return the address of the page of all causes with the filters of the request's own address."""
    url, query = reverse("admin:importjobs_importitem_causes"), request.GET.urlencode()
    return f"{url}?{query}" if query else url
