"""The pages of a target beside its form: cancel it, reopen it, and show its history."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from ordinavo.common.admin.lists import ListAdmin
from ordinavo.common.lock_waits import is_lock_timeout
from targets import corrections
from targets.admin import history
from targets.admin.forms import ReasonForm, locked_message
from targets.models import Target


class TargetViews(ListAdmin):
    """The buttons on the page of a target, and the pages that they lead to. The page of a target inherits them.

    All of them keep the filters of the list from which staff came.
    """

    change_form_outer_before_template = "admin/targets/target/back.html"

    @action(description=_("Cancel this target"), icon="block", permissions=["change"], url_path="cancel")
    def cancel_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a form that asks for a reason. If a valid one was sent, cancel the target and redirect to its page.

        Stores the reason and the user's name. Without a valid reason nothing is changed, and the form is shown again
        with the error. If the target is cancelled already, it is left unchanged, and a message says so. Raises Http404
        if there is no target with this id, and PermissionDenied if the user may not change targets.
        """
        done = _("The target %(target)s was cancelled.")
        explanation = _("The target stays cancelled until staff reopen it, even if its source system changes it.")
        return self._change_status(request, object_id, corrections.cancel, _("Cancel target"), explanation, done)

    @action(description=_("Reopen this target"), icon="undo", permissions=["change"], url_path="reopen")
    def reopen_this(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show a form that asks for a reason. If a valid one was sent, reopen the target and redirect to its page.

        Stores the reason and the user's name. Without a valid reason nothing is changed, and the form is shown again
        with the error. If the target is active already, it is left unchanged, and a message says so. Raises Http404 if
        there is no target with this id, and PermissionDenied if the user may not change targets.
        """
        done = _("The target %(target)s was reopened.")
        explanation = _("The target becomes active again. Its source system can cancel it later.")
        return self._change_status(request, object_id, corrections.reopen, _("Reopen target"), explanation, done)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return a list of one button for a target's page: to reopen a cancelled target, else to cancel it.

        Empty if the user may not change targets.
        """
        buttons = super().get_actions_detail(request, object_id)
        target = super().get_object(request, str(object_id))
        name = "reopen_this" if target and target.status == Target.Status.CANCELLED else "cancel_this"
        return [button for button in buttons if button.action_name.endswith(name)]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        """Return the page of a target, whose buttons keep the filters of the list."""
        for button in context.get("actions_detail", []):
            button["path"] = self.with_filters(request, button["path"])
        return super().render_change_form(request, context, *args, **kwargs)

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """Show the target's imports and edits, a page at a time, newest first.

        The query parameter `before` is the position after which the page begins; if it cannot be read, the page is the
        first. Raises Http404 if there is no target with this id, and PermissionDenied if the user may not see it.
        """
        target = self._get_target(request, object_id)
        if not self.has_view_permission(request, target):
            raise PermissionDenied
        entries = history.list_entries(target, history.parse_position(request.GET.get("before", "")))
        context = self.admin_site.each_context(request) | {
            "title": gettext("History of %(target)s") % {"target": target}, "target": target, "entries": entries,
            "back": self.with_filters(request, reverse("admin:targets_target_change", args=[target.pk])),
            "older": history.position_as_text(entries[-1].position) if len(entries) == history.PAGE_SIZE else None,
            "filters": self.get_preserved_filters(request),
        }  # fmt: skip
        return TemplateResponse(request, "admin/targets/target/history.html", context)

    def _change_status(
        self, request: Any, object_id: str, change: Callable[..., None], verb: Any, explanation: Any, done: Any
    ) -> HttpResponse:
        """Show a form that asks for a reason. If a valid one was sent, call `change` and redirect.

        `change` is `corrections.cancel` or `corrections.reopen`; its arguments are the target, the reason and, as `by`,
        the user's name. If it raises NothingToDo, a message says that the target already has this status. After a form
        that is not valid, or if another transaction holds the target, the form is shown again with the error. Raises
        Http404 if there is no target with this id. `verb` and `explanation` are translated texts that the form's page
        shows, and `done` is the message after it.
        """
        target = self._get_target(request, object_id)
        form = ReasonForm(request.POST or None)
        if form.is_valid():
            try:
                change(target=target, reason=form.cleaned_data["reason"], by=request.user.get_username())
                messages.success(request, done % {"target": target})
            except corrections.NothingToDo:
                messages.info(request, gettext("The target already has this status."))
            except OperationalError as error:
                if not is_lock_timeout(error):
                    raise
                form.add_error(None, locked_message(target))
        if form.is_valid():
            return HttpResponseRedirect(self._address_after(request, target))
        return self.confirmation_page(request, verb, target, form, explanation)

    def _address_after(self, request: HttpRequest, target: Target) -> str:
        """Return where an action leads: to the list with its filters, or without these to the page of the target."""
        if self.get_preserved_filters(request):
            return self.with_filters(request, reverse("admin:targets_target_changelist"))
        return reverse("admin:targets_target_change", args=[target.pk])

    def _get_target(self, request: HttpRequest, object_id: str) -> Target:
        """Return the target without locking its row. Raises Http404 if there is none with this id."""
        if target := super().get_object(request, object_id):
            return target
        raise Http404
