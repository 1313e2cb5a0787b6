"""The admin pages that pause and resume a source system."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from ordinavo.common.admin.lists import ListAdmin
from targets import pauses
from targets.admin.source_system_forms import PauseForm
from targets.models import SourceSystem


class SourceSystemViews(ListAdmin):
    """The views that pause and resume a source system. SourceSystemAdmin inherits them."""

    @action(description=_("Pause"), icon="pause", permissions=["change"], url_path="pause")
    def pause_this(self, request: Any, object_id: str) -> HttpResponse:
        """Ask for a reason. After a POST with a valid one, pause the source system and redirect to its page.

        The pause is stored with the user's name and recorded in the history of the source system. If it is paused
        already, it is not changed, and a message says so. Raises Http404 if there is no source system with this id,
        and PermissionDenied if the user may not change source systems.
        """
        system = self._get_source_system(request, object_id)
        form = PauseForm(request.POST or None)
        if form.is_valid():
            reason, by = form.cleaned_data["reason"], request.user.get_username()
            try:
                with transaction.atomic():
                    pauses.pause_source_system(source_system=system, reason=reason, by=by)
                    self.log_change(request, system, gettext("Paused: %(reason)s") % {"reason": reason})
            except pauses.NothingToDo:
                messages.info(request, gettext("The source system is already paused."))
            return _redirect_to_page(system)
        explanation = _(
            "Further imports are refused until somebody resumes the source system. Its targets stay as they are."
        )
        return self.confirmation_page(request, _("Pause"), system, form, explanation)

    @action(description=_("Resume"), icon="play_arrow", permissions=["change"], url_path="resume")
    def resume_this(self, request: Any, object_id: str) -> HttpResponse:
        """Ask for confirmation. After a POST, resume the source system and redirect to its page.

        The change is recorded in the history of the source system. If it is not paused, a message says so. Raises
        Http404 if there is no source system with this id, and PermissionDenied if the user may not change source
        systems.
        """
        system = self._get_source_system(request, object_id)
        if request.method != "POST":
            return self.confirmation_page(request, _("Resume"), system, Form(), _("Imports are accepted again."))
        try:
            with transaction.atomic():
                pauses.resume_source_system(source_system=system)
                self.log_change(request, system, gettext("Resumed."))
            messages.success(request, gettext("Imports are accepted again."))
        except pauses.NothingToDo:
            messages.info(request, gettext("The source system is not paused."))
        return _redirect_to_page(system)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return the buttons of a page that the user may use and that have something to do."""
        system = self.get_object(request, str(object_id))
        hidden = self.idle_buttons(request, system) if system else ("resume_this",)
        buttons = super().get_actions_detail(request, object_id)
        return [button for button in buttons if not button.action_name.endswith(hidden)]

    def idle_buttons(self, request: HttpRequest, system: SourceSystem) -> tuple[str, ...]:
        """Return the names of the actions that the page has no button for: "Pause" if the source system is paused.

        The button "Resume" is in the note on the page, because it sends a form.
        """
        return ("resume_this", "pause_this") if system.paused_at else ("resume_this",)

    def _get_source_system(self, request: HttpRequest, object_id: str) -> SourceSystem:
        """Return the source system with an id. Raises Http404 if there is none."""
        if system := self.get_object(request, object_id):
            return system
        raise Http404


def _redirect_to_page(system: SourceSystem) -> HttpResponse:
    """Return a redirect to the page of a source system."""
    return HttpResponseRedirect(reverse("admin:targets_sourcesystem_change", args=[system.pk]))
