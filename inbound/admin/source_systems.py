"""The admin pages of source systems, with their last import and their API tokens."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from importjobs import silence
from importjobs.admin.rhythm_texts import last_import_sentence, pause_sentence
from inbound import tokens
from inbound.models import ApiToken
from targets.admin.model_admins import SourceSystemAdmin
from targets.models import SourceSystem


@admin.register(SourceSystem)
class SourceSystemWithTokensAdmin(SourceSystemAdmin):
    """The list and the page of source systems. The page shows the last import, and all tokens to those who may."""

    actions_detail = [*SourceSystemAdmin.actions_detail, "revoke_tokens"]
    change_form_outer_after_template = "admin/targets/sourcesystem/tokens.html"

    def changeform_view(
        self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Return the page of a source system, with `last_import` and `pause` (sentences) and its tokens."""
        context = dict(extra_context or {})
        system = self.get_object(request, object_id) if object_id else None
        if system and request.user.has_perm("importjobs.view_importjob"):
            now = timezone.now()
            rhythm = silence.rhythm_of(system.pk, now)
            is_expected = system.active and not system.paused_at
            context |= {
                "last_import": last_import_sentence(rhythm, now),
                "pause": pause_sentence(rhythm) if rhythm else "",
                "is_silent": is_expected and (rhythm is None or rhythm.is_silent(now)),
            }
        if system and request.user.has_perm("inbound.view_apitoken"):
            context["tokens"] = system.tokens.order_by("name")
        return super().changeform_view(request, object_id, form_url, context)

    def get_actions_detail(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """Return the buttons of a page that the user may use, without that to revoke tokens if none is valid."""
        buttons = super().get_actions_detail(request, object_id)
        system = self.get_object(request, str(object_id))
        if system and request.user.has_perm("inbound.change_apitoken") and _valid_tokens(system):
            return buttons
        return [button for button in buttons if not button.action_name.endswith("revoke_tokens")]

    @action(description=_("Revoke all tokens"), icon="key_off", permissions=["change"], url_path="revoke-tokens")
    def revoke_tokens(self, request: Any, object_id: str) -> HttpResponse:
        """Return a page that names the valid tokens of a source system, or revoke those that were named when posted.

        The page says for each token which other source systems it is for. A token that was issued in the meantime is
        not revoked. Stores the user's name in each, shows a message and redirects to the source system. Raises Http404
        if there is no source system with this id, and PermissionDenied if the user may not change tokens.
        """
        if not request.user.has_perm("inbound.change_apitoken"):
            raise PermissionDenied
        system = self._get_source_system(request, object_id)
        valid = _valid_tokens(system)
        back = reverse("admin:targets_sourcesystem_change", args=[system.pk])
        if request.method == "POST":
            chosen = [token for token in valid if str(token.pk) in request.POST.getlist("token")]
            for token in chosen:
                tokens.revoke(token=token, by=request.user.get_username())
            names = ", ".join(token.name for token in chosen)
            messages.success(request, gettext("Revoked: %(names)s.") % {"names": names or "–"})
            return HttpResponseRedirect(back)
        rows = [(token, [other for other in token.source_systems.all() if other != system]) for token in valid]
        context = self.admin_site.each_context(request) | {
            "title": gettext("Revoke all tokens: %(system)s") % {"system": system}, "rows": rows, "back": back,
        }  # fmt: skip
        return TemplateResponse(request, "admin/targets/sourcesystem/revoke_tokens.html", context)


def _valid_tokens(system: SourceSystem) -> list[ApiToken]:
    """Return the tokens of a source system that are neither expired nor revoked, with their source systems, by name."""
    return [token for token in system.tokens.prefetch_related("source_systems").order_by("name") if token.is_valid]
